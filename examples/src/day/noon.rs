//! From ten to one: a major incident, duplicates, and what belongs together.

use okno::RequestCommand as C;
use okno::config::catalog::{Action, OnParentEnd, Permission, Reach, Role};
use okno::engine::Command;
use okno::life::clock::{RebaseMode, RebaseOf, RebasePlan};
use okno::life::directory::Scope;
use okno::life::request::{CopyAccess, HoldFor, HoldReason, LinkKind, Release};
use okno::{RequestId, Submit, Text};

use super::mail::arrive;
use super::office::{Done, Office, catalog, time};
use super::people::{self, Who, grant};
use super::talk;

pub(super) async fn tell(office: &mut Office) -> Done {
    outage(office).await?;
    arrive(office, "10:50").await?;
    duplicates(office).await?;
    publish(office).await?;
    rebase(office).await?;
    arrive(office, "11:40").await?;
    purchases(office).await?;
    split(office).await?;
    people::leave(office).await?;
    arrive(office, "12:20").await?;
    for_marina(office).await?;
    arrive(office, "12:30").await?;
    talk::tell(office).await?;
    arrive(office, "13:00").await
}

/// The mail server is down: one incident stands for all that were told.
async fn outage(office: &mut Office) -> Done {
    office.step(Who::Daniil, "mail", C::Claim).await?;
    office.step(Who::Vera, "mail", C::DeclareMajor).await?;
    let parent = office.request("mail")?;
    let children =
        [("mail-port", None), ("mail-crane", None), ("phone", None), ("vpn", Some(OnParentEnd::Follow))];
    for (child, on_end) in children {
        office.step(Who::Daniil, child, C::JoinParent { parent, on_end }).await?;
    }
    // The telephone has nothing to do with it; and the VPN cannot end before its token is there.
    office.step(Who::Daniil, "phone", C::LeaveParent).await?;
    let vpn = C::JoinParent { parent: office.request("vpn")?, on_end: None };
    office.step(Who::Daniil, "token", vpn).await?;
    let told = "The mail server is being restarted. It takes until eleven.";
    office.step(Who::Vera, "mail", C::Broadcast(told.into())).await?;
    office.tick().await?;
    office.say("No mail anywhere: Vera declares a major incident and tells everybody at once.");
    arrive(office, "10:15").await?;
    let (code, text) = ("restarted".to_owned(), "The server was restarted.".to_owned());
    office.step(Who::Daniil, "mail", C::Resolve { code, text }).await?;
    office.tick().await?;
    office.say(
        "Mail is back, and what was told about it is resolved with it; only the VPN waits for its token.",
    );
    office.step(Who::Vera, "mail", C::Demote).await
}

/// Two requests about the VPN are one; a third was taken for the same, and is not.
async fn duplicates(office: &mut Office) -> Done {
    let merge = |into: RequestId| C::Merge { into, requester: Some(CopyAccess::View), earliest: false };
    let (vpn, keyboard) = (office.request("vpn")?, office.request("keyboard")?);
    office.step(Who::Daniil, "vpn-again", merge(vpn)).await?;
    office.step(Who::Daniil, "monitor", merge(keyboard)).await?;
    office.step(Who::Daniil, "monitor", C::Unmerge).await?;
    let relates = LinkKind::Relates;
    office.step(Who::Daniil, "monitor", C::Link { kind: relates, to: keyboard }).await?;
    office.step(Who::Daniil, "monitor", C::Link { kind: LinkKind::DependsOn, to: vpn }).await?;
    office.step(Who::Daniil, "monitor", C::Unlink { kind: LinkKind::DependsOn, to: vpn }).await?;
    office.say("Clara asked for the VPN twice: one request goes on in the other. The dark monitor is another matter.");
    let party = Who::Boris.party();
    office.step(Who::Daniil, "vpn", C::CopyIn { party, access: CopyAccess::Update }).await?;
    office.step(Who::Boris, "vpn", C::Reply("I need it in Vologda, too.".into())).await?;
    office.step(Who::Daniil, "vpn", C::CopyOut { party }).await?;
    office.step(Who::Vera, "vpn", C::Watch).await?;
    office.step(Who::Vera, "vpn", C::Unwatch).await
}

/// The ERP system gets a role of its own, made as data, so that it can say what was delivered.
async fn publish(office: &mut Office) -> Done {
    let mut catalog = catalog()?;
    let permissions = [Action::See, Action::Signal].map(|action| Permission { action, reach: Reach::All });
    catalog.roles.push(Role { code: "erp".parse()?, permissions: permissions.to_vec() });
    let catalog = Box::new(catalog);
    office.give(Who::Anna.actor(), Command::Publish { catalog }).await?;
    let erp = grant(3, Who::Erp.party(), "erp", Scope::default())?;
    office.change(Who::Anna, erp).await?;
    office.say("Anna publishes a role for the ERP system: it sees requests and tells what arrived.");
    Ok(())
}

/// The nodes were updated over night, and know newer rules of time zones.
async fn rebase(office: &mut Office) -> Done {
    let plan = RebasePlan { of: RebaseOf::ZoneData, mode: RebaseMode::ReplayAll };
    let foreseen = office.acting(Who::Anna).administration().foresee_rebase(&plan).await?;
    office.give(Who::Anna.actor(), Command::Rebase { plan }).await?;
    office.say(&format!(
        "Anna has deadlines counted by the latest rules of time zones; {} of them move.",
        foreseen.moves.moved
    ));
    Ok(())
}

/// Paper waits for its delivery, a belt for a date that is brought forward by hand.
async fn purchases(office: &mut Office) -> Done {
    office.step(Who::Pavel, "paper", C::Claim).await?;
    let on_signal = Some("delivered".to_owned());
    let release = Some(Release { on_reply: false, on_signal });
    let hold = HoldFor { release, ..HoldFor::new(HoldReason::ThirdParty) };
    office.step(Who::Pavel, "paper", C::Hold(hold)).await?;
    office.step(Who::Pavel, "crane", C::Claim).await?;
    let hold = HoldFor::until(HoldReason::Scheduled, time("16:00")?);
    office.step(Who::Pavel, "crane", C::Hold(hold)).await?;
    office.step(Who::Pavel, "crane", C::Resume).await?;
    arrive(office, "11:55").await?;
    office.step(Who::Erp, "paper", C::Signal { name: "delivered".to_owned() }).await?;
    office.step(Who::Pavel, "paper", C::Close { reason: "delivered".to_owned() }).await?;
    office.say("The ERP system says that the paper arrived; Pavel closes the purchase.");
    Ok(())
}

/// Sofia asks for two things in one; HR gets the second as a request of its own.
async fn split(office: &mut Office) -> Done {
    office.step(Who::Sofia, "travel", C::Reply("And I need a certificate for the consulate.".into())).await?;
    let entries = office.requests(Who::Vera).entries(office.request("travel")?).await?;
    let entry = entries.last().ok_or("Sofia wrote something")?.id;
    let submit = Box::new(Submit::new("HR-01".parse()?, Text::new("Certificate for the consulate")?));
    let done = office.step_as(Who::Vera.actor(), "travel", C::Split { entry, submit }).await?;
    office.call("consulate", RequestId(done.subject));
    office.say("Sofia asks for two things in one; Vera splits the certificate off for HR.");
    Ok(())
}

/// What Olga does for Marina is told as that.
async fn for_marina(office: &mut Office) -> Done {
    let olga = Who::Olga.actor().acting_for(Who::Marina.employee());
    office.step_as(olga, "payment", C::Claim).await?;
    office.step_as(olga, "payment", C::Start).await?;
    office.step_as(olga, "payment", C::Answer("It is paid today.".into())).await?;
    office.say("Marina is at the tax office; Olga pays for her, and the journal says so.");
    Ok(())
}
