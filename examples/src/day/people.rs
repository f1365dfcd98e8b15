//! Who is there, and what happens to them that day.

use okno::base::{Address, CodeError, Email, derived_id};
use okno::engine::Command;
use okno::life::directory::{
    Absence, AbsenceId, Contact, ContactId, Delegation, DelegationId, DirectoryCommand, Grant, GrantId, Only,
    Placement, Scope, Unit, UnitId, UnitKind,
};
use okno::{Actor, Channel, Employee, EmployeeId, Member, Party, Person, TenantId, Text};
use uuid::Uuid;

use super::office::{Done, Office, time};

/// Somebody of the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Who {
    /// Administers the center.
    Anna,
    /// Supervises it.
    Vera,
    /// Works on IT, and answers the telephone.
    Daniil,
    /// Works on IT.
    Ksenia,
    /// Accountant.
    Marina,
    /// Accountant; stands in for Marina.
    Olga,
    /// HR.
    Elena,
    /// Buys.
    Pavel,
    /// At the plant in Vologda.
    Boris,
    /// In the office in Tver.
    Clara,
    /// At the port of Murmansk.
    Igor,
    /// At the port of Murmansk.
    Sofia,
    /// Sells paper to the group.
    Acme,
    /// The same, as it seems at first.
    AcmeSales,
    /// The ERP system.
    Erp,
}

pub(super) const TENANT: TenantId = TenantId(Uuid::from_u128(0x0c0));

impl Who {
    /// The employees whom the directory is told about, with their unit and position.
    const STAFF: [(Self, &'static str, &'static str, &'static str); 12] = [
        (Self::Anna, "Anna Petrova", "Center", "Administrator"),
        (Self::Vera, "Вера Соколова", "Center", "Head of the center"),
        (Self::Daniil, "Daniil Orlov", "Center", "Engineer"),
        (Self::Ksenia, "Ksenia Lebedeva", "Center", "Engineer"),
        (Self::Marina, "Марина Белова", "Center", "Accountant"),
        (Self::Olga, "Olga Titova", "Center", "Accountant"),
        (Self::Elena, "Elena Kim", "Center", "HR"),
        (Self::Pavel, "Pavel Zaitsev", "Center", "Buyer"),
        (Self::Boris, "Борис Громов", "Vologda", "Foreman"),
        (Self::Clara, "Clara Weiss", "Tver", "Secretary"),
        (Self::Igor, "Igor Fomin", "Murmansk", "Dispatcher"),
        (Self::Sofia, "Sofia Lind", "Murmansk", "Crane operator"),
    ];

    fn id(self) -> Uuid {
        Uuid::from_u128(0x100 + self as u128)
    }

    pub(super) fn employee(self) -> EmployeeId {
        EmployeeId(self.id())
    }

    pub(super) fn contact(self) -> ContactId {
        ContactId(self.id())
    }

    pub(super) fn party(self) -> Party {
        self.actor().party
    }

    /// As somebody who acts, through the channel that they use.
    pub(super) fn actor(self) -> Actor {
        match self {
            Self::Acme | Self::AcmeSales => Actor::contact(TENANT, self.contact(), Channel::Mail),
            Self::Erp => Actor::integration(TENANT, self.id()),
            Self::Boris | Self::Clara | Self::Igor | Self::Sofia => {
                Actor::employee(TENANT, self.employee(), Channel::Portal)
            }
            Self::Anna
            | Self::Vera
            | Self::Daniil
            | Self::Ksenia
            | Self::Marina
            | Self::Olga
            | Self::Elena
            | Self::Pavel => Actor::employee(TENANT, self.employee(), Channel::Workplace),
        }
    }
}

/// A branch, or the center itself.
pub(super) fn unit(name: &str) -> UnitId {
    UnitId(derived_id(TENANT.0, name))
}

/// The directory as the day begins. Whoever set the tenant up brings it in, and hands over to Anna.
pub(super) async fn move_in(office: &mut Office) -> Done {
    for name in ["Center", "Vologda", "Murmansk", "Tver"] {
        let parent = Some(office.top);
        let unit = Unit { id: unit(name), kind: UnitKind::Branch, name: Text::new(name)?, parent };
        install(office, DirectoryCommand::SaveUnit { unit }).await?;
    }
    let mut staff = Vec::new();
    for (who, name, place, position) in Who::STAFF {
        let employee = Employee::new(who.employee(), Person::named(name)?, unit(place));
        staff.push(DirectoryCommand::SaveEmployee {
            employee: Employee { position: Text::new(position)?, ..employee },
        });
    }
    let last = staff.pop().ok_or("nobody works here")?;
    install(office, DirectoryCommand::Import { changes: staff }).await?;
    install(office, last).await?;
    let anna = grant(1, Who::Anna.party(), "administrator", Scope::default())?;
    install(office, anna).await?;
    for (line, who) in SEATS {
        let member = Member::new(line.parse()?, who.employee());
        office.change(Who::Anna, DirectoryCommand::SaveMember { member }).await?;
    }
    let everything = Scope { confidentiality: 9, ..Scope::default() };
    office.change(Who::Anna, grant(2, Who::Vera.party(), "supervisor", everything)?).await
}

async fn install(office: &mut Office, command: DirectoryCommand) -> Done {
    office.give(office.founder, Command::Directory { command }).await.map(drop)
}

/// Who works on which line.
const SEATS: [(&str, Who); 8] = [
    ("it", Who::Daniil),
    ("front", Who::Daniil),
    ("it", Who::Ksenia),
    ("accounts", Who::Marina),
    ("accounts", Who::Olga),
    ("hr", Who::Elena),
    ("procurement", Who::Pavel),
    ("root", Who::Daniil),
];

/// A role for somebody.
pub(super) fn grant(n: u128, holder: Party, role: &str, scope: Scope) -> Result<DirectoryCommand, CodeError> {
    let (id, role) = (GrantId(Uuid::from_u128(0x300 + n)), role.parse()?);
    Ok(DirectoryCommand::SaveGrant { grant: Grant { id, holder, role, scope, active: true } })
}

/// A supplier writes from two addresses; the two are taken for one person, wrongly.
pub(super) async fn suppliers(office: &mut Office) -> Done {
    let addresses = [
        (Who::Acme, "Acme Paper", "orders@acme.example"),
        (Who::AcmeSales, "Acme Sales", "sales@acme.example"),
    ];
    for (who, name, address) in addresses {
        let address: Email = address.parse()?;
        let person = Person::named(name)?.with_address(Address::Email(address), true);
        let contact = Contact { unit: Some(unit("Vologda")), ..Contact::new(who.contact(), person) };
        office.change(Who::Anna, DirectoryCommand::SaveContact { contact }).await?;
    }
    let (contact, into) = (Who::AcmeSales.contact(), Who::Acme.contact());
    office.change(Who::Anna, DirectoryCommand::MergeContact { contact, into }).await?;
    office.say("Anna merges two contacts of Acme, hears that they are two people, and separates them.");
    office.change(Who::Anna, DirectoryCommand::UnmergeContact { contact }).await
}

/// Marina is at the tax office from noon; Olga stands in for her.
pub(super) async fn stand_in(office: &mut Office) -> Done {
    let (from, until) = (time("12:00")?, time("16:30")?);
    let absence = Absence::new(AbsenceId(Uuid::from_u128(0x401)), Who::Marina.employee(), from, Some(until));
    let reason = Some(Text::new("Tax office")?);
    office
        .change(Who::Marina, DirectoryCommand::SaveAbsence { absence: Absence { reason, ..absence } })
        .await?;
    let delegation = Delegation {
        id: DelegationId(Uuid::from_u128(0x402)),
        principal: Who::Marina.employee(),
        delegate: Who::Olga.employee(),
        from: office.now(),
        until: None,
        scope: Scope::default(),
        actions: Only::All,
        only_while_absent: true,
        active: true,
    };
    office.change(Who::Marina, DirectoryCommand::SaveDelegation { delegation }).await
}

/// The office in Tver becomes a part of the plant in Vologda, and Clara moves there.
pub(super) async fn reorganise(office: &mut Office) -> Done {
    office.say("The office in Tver becomes a part of the plant in Vologda, and Clara moves there.");
    let (tver, vologda) = (unit("Tver"), unit("Vologda"));
    office.change(Who::Anna, DirectoryCommand::MoveUnit { unit: tver, parent: Some(vologda) }).await?;
    let to =
        Placement { unit: vologda, position: Text::new("Assistant")?, manager: Some(Who::Boris.employee()) };
    office.change(Who::Anna, DirectoryCommand::MoveEmployee { employee: Who::Clara.employee(), to }).await
}

/// Ksenia leaves; what she had goes back to its line.
pub(super) async fn leave(office: &mut Office) -> Done {
    office.say("Ksenia leaves for another company. What she had in hand goes back to its line.");
    office.change(Who::Anna, DirectoryCommand::Leave { employee: Who::Ksenia.employee() }).await
}

/// She comes back, and needs a place on her line again.
pub(super) async fn come_back(office: &mut Office) -> Done {
    office.say("Ksenia thinks better of it and comes back.");
    let to = Placement { unit: unit("Center"), position: Text::new("Senior engineer")?, manager: None };
    office.change(Who::Anna, DirectoryCommand::Return { employee: Who::Ksenia.employee(), to }).await?;
    let member = Member::new("it".parse()?, Who::Ksenia.employee());
    office.change(Who::Anna, DirectoryCommand::SaveMember { member }).await
}
