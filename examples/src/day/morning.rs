//! From half past seven to ten.

use okno::RequestCommand as C;
use okno::condition::{Condition, ME};
use okno::config::schedule::{Every, Schedule};
use okno::engine::Command;
use okno::life::request::{FieldChanges, HoldFor, HoldReason, NewFile, SeriesId, Visibility};
use okno::life::series::{CatchUp, SeriesCommand, SeriesPlan};
use okno::life::view::{Sharing, Side, ViewCommand, ViewId, ViewPlan};
use okno::store::Direction;
use okno::{Submit, Text};

use super::mail::{arrive, submission};
use super::office::{Done, Office, own_id};
use super::people::{self, Who};

pub(super) async fn tell(office: &mut Office) -> Done {
    people::move_in(office).await?;
    office.say("Anna brings the directory in: four branches, a dozen people, five lines.");
    people::suppliers(office).await?;
    people::stand_in(office).await?;
    views(office).await?;
    series(office).await?;
    arrive(office, "08:30").await?;
    printer(office).await?;
    arrive(office, "09:10").await?;
    let daily = made_by_series(office).await?;
    office.call("backups", daily);
    files(office).await?;
    arrive(office, "09:40").await?;
    triage(office).await?;
    arrive(office, "10:00").await
}

/// The view that Vera shares with the line, and one that nobody needs for long.
async fn views(office: &mut Office) -> Done {
    let mine = ViewPlan {
        id: MINE,
        name: Text::new("Mine and nobody's")?,
        side: Side::Center,
        sharing: Sharing::Line("it".parse()?),
        filter: Condition::all([
            Condition::eq("active", true),
            Condition::eq("line", "it"),
            Condition::any([Condition::eq("assignee", ME), Condition::has("assignee").negate()]),
        ]),
        sort: [("priority", Direction::Ascending), ("created_at", Direction::Ascending)]
            .map(|(field, direction)| (field.to_owned(), direction))
            .to_vec(),
        columns: super::lists::COLUMNS.map(str::to_owned).to_vec(),
    };
    let passing = ViewPlan { id: ViewId(own_id(2)), sharing: Sharing::Private, ..mine.clone() };
    for plan in [mine, passing] {
        let (id, command) = (plan.id, ViewCommand::Save { plan: Box::new(plan) });
        office.give(Who::Vera.actor(), Command::View { id, command }).await?;
    }
    let delete = Command::View { id: ViewId(own_id(2)), command: ViewCommand::Delete };
    office.give(Who::Vera.actor(), delete).await.map(drop)
}

pub(super) const MINE: ViewId = ViewId(own_id(1));

/// Every morning at nine somebody looks at the backups.
async fn series(office: &mut Office) -> Done {
    let schedule = Schedule {
        every: Every::Days(1),
        at: "09:00".to_owned(),
        zone: "UTC".to_owned(),
        from: office.now().to_utc().date_naive(),
        until: None,
    };
    let mut submit = Submit::new("IT-03".parse()?, Text::new("Did the backups of the night succeed?")?);
    submit.requester = Some(Who::Vera.party());
    let (id, name) = (BACKUPS, Text::new("Backups")?);
    let plan = SeriesPlan { id, name, schedule, catch_up: CatchUp::Latest, submit, active: true };
    let command = SeriesCommand::Save { plan: Box::new(plan) };
    office.give(Who::Vera.actor(), Command::Series { id, command }).await?;
    office.say("Vera has the backups looked at every morning at nine.");
    Ok(())
}

const BACKUPS: SeriesId = SeriesId(own_id(3));

async fn made_by_series(office: &Office) -> Result<okno::RequestId, Box<dyn std::error::Error>> {
    let series = office.acting(Who::Vera).series().get(BACKUPS).await?;
    Ok(series.last.ok_or("the series made nothing")?)
}

/// A whole life, from submission to close and a little beyond.
async fn printer(office: &mut Office) -> Done {
    let (classified, printer) =
        (C::Classify { service: None, category: Some("printer".parse()?) }, "printer");
    office.step(Who::Daniil, printer, classified).await?;
    office.step(Who::Daniil, printer, C::Prioritize { impact: 2, urgency: 2 }).await?;
    let id = office.request(printer)?;
    office.give(Who::Daniil.actor(), Command::Read { id }).await?;
    office.step(Who::Daniil, printer, C::Claim).await?;
    office.step(Who::Daniil, printer, C::Start).await?;
    office
        .step(Who::Daniil, printer, C::Answer("Which of the two printers in the hall is it?".into()))
        .await?;
    office.step(Who::Daniil, printer, C::Hold(HoldFor::new(HoldReason::Requester))).await?;
    arrive(office, "08:50").await?;
    office.step(Who::Boris, printer, C::Reply("The left one. It blinks red.".into())).await?;
    office.step(Who::Daniil, printer, C::Note("The toner of this model is never in stock.".into())).await?;
    let subject = Some(Text::new("The left printer in the hall prints nothing")?);
    let renamed = FieldChanges { subject, ..FieldChanges::default() };
    office.step(Who::Daniil, printer, C::ChangeFields(renamed)).await?;
    let resolve = |code: &str, text: &str| (code.to_owned(), text.to_owned());
    let (code, text) = resolve("replaced", "The toner was replaced.");
    office.step(Who::Daniil, printer, C::Resolve { code, text }).await?;
    let (code, text) = resolve("repaired", "The toner was replaced, and the drum cleaned.");
    office.step(Who::Daniil, printer, C::AmendResolution { code, text }).await?;
    office.step(Who::Boris, printer, C::Confirm).await?;
    office.say("The printer in Vologda prints again, and Boris says so.");
    office.step(Who::Vera, printer, C::AmendClosing { reason: "confirmed_by_phone".to_owned() }).await
}

/// Three files: one is clean, one is not, and one cannot be looked into at first.
async fn files(office: &mut Office) -> Done {
    for (name, bytes) in [
        ("Invoice 114.pdf", &b"%PDF an invoice"[..]),
        ("Card of the supplier.exe", b"EICAR"),
        ("Archive.zip", b"a locked archive"),
    ] {
        let file = upload(office, name, bytes).await?;
        let visibility = Visibility::Public;
        office.step(Who::Clara, "payment", C::Attach { file, visibility }).await?;
    }
    office.tick().await?;
    office.step(Who::Anna, "payment", C::Retry).await?;
    office.tick().await?;
    let attachments = office.requests(Who::Marina).attachments(office.request("payment")?).await?;
    let scans = attachments.iter().map(|file| format!("{}: {}", file.name, file.scan.code()));
    let scans = scans.collect::<Vec<_>>().join(", ");
    office.say(&format!("Clara's files are looked at ({scans}); Anna had to set one scan going again."));
    let [clean, infected, _] = &attachments[..] else { return Err("three files were attached".into()) };
    let (attachment, again) = (infected.id, clean.id);
    office.step(Who::Marina, "payment", C::RemoveAttachment { attachment }).await?;
    office.step(Who::Marina, "payment", C::ScanAttachment { attachment: again }).await?;
    office.tick().await
}

async fn upload(
    office: &Office,
    name: &str,
    mut bytes: &[u8],
) -> Result<NewFile, Box<dyn std::error::Error>> {
    let upload = office.requests(Who::Clara).upload(&mut bytes).await?;
    Ok(NewFile { upload, name: Text::new(name)?, media_type: "application/octet-stream".parse()? })
}

/// Vera and Daniil look at what came in.
async fn triage(office: &mut Office) -> Done {
    office.step(Who::Daniil, "phone", C::Move { line: "it".parse()? }).await?;
    office.step(Who::Vera, "laptop", C::Assign { operator: Who::Ksenia.employee() }).await?;
    office.step(Who::Vera, "scanner", C::Assign { operator: Who::Ksenia.employee() }).await?;
    office.step(Who::Daniil, "keyboard", C::Claim).await?;
    office.step(Who::Daniil, "keyboard", C::Release).await?;
    office.step(Who::Vera, "joke", C::Reject { reason: "no_service".to_owned() }).await?;
    office.step(Who::Igor, "badge", C::Cancel { reason: "found_it".to_owned() }).await?;
    for name in ["backups", "keyboard", "phone"] {
        let id = office.request(name)?;
        office.give(Who::Daniil.actor(), Command::Read { id }).await?;
    }
    office.step(Who::Daniil, "backups", C::Claim).await?;
    let (code, text) = ("answered".to_owned(), "All of them.".to_owned());
    office.step(Who::Daniil, "backups", C::Resolve { code, text }).await?;
    let again =
        Submit { text: "From home as well.".to_owned(), ..submission("IT-02", "VPN for Clara", (3, 3))? };
    office.say(
        "Vera gives two requests to Ksenia and rejects a joke; Igor finds his badge and takes his back.",
    );
    office.submit(Who::Clara.actor(), "vpn", again).await
}
