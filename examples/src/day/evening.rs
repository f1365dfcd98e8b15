//! From one to half past five: bulk work, and what the day leaves.

use okno::RequestCommand as C;
use okno::condition::Condition;
use okno::engine::Command;
use okno::life::job::{Bulk, JobCommand, JobId, Selection};

use super::mail::arrive;
use super::office::{Done, Office};
use super::people::{self, Who};

pub(super) async fn tell(office: &mut Office) -> Done {
    let comment = "Quick, and the floor is clean.".to_owned();
    office.step(Who::Boris, "printer", C::Rate { score: 5, comment }).await?;
    office.step(Who::Boris, "printer", C::Reopen { text: "It blinks again.".to_owned(), hold: None }).await?;
    office.say("Boris rates the printer with five of five, and has to reopen it all the same.");
    arrive(office, "14:00").await?;
    people::reorganise(office).await?;
    people::come_back(office).await?;
    arrive(office, "15:30").await?;
    bulk(office).await?;
    finish(office).await?;
    arrive(office, "17:30").await
}

/// Vera gives everything that waits on the line to Ksenia, with a verdict for each; two more jobs are stopped and urged.
async fn bulk(office: &mut Office) -> Done {
    let waiting = Condition::all([
        Condition::eq("open", true),
        Condition::eq("line", "it"),
        Condition::has("assignee").negate(),
    ]);
    let assign = C::Assign { operator: Who::Ksenia.employee() };
    let job = start(office, Selection::Where(waiting), assign).await?;
    office.give(Who::Vera.actor(), Command::Job { id: job, command: JobCommand::Resume }).await?;
    let these = vec![office.request("certificate")?, office.request("leave")?];
    let wrong = start(office, Selection::These(these), C::Reject { reason: "no_service".to_owned() }).await?;
    office.give(Who::Vera.actor(), Command::Job { id: wrong, command: JobCommand::Cancel }).await?;
    office.tick().await?;
    let progress = office.acting(Who::Vera).jobs().progress(job).await?;
    office.say(&format!(
        "Vera gives what waits on the IT line to Ksenia in one go: {} done, {} refused. A second job was a slip and is \
         cancelled before it does anything.",
        progress.done, progress.refused
    ));
    Ok(())
}

async fn start(
    office: &mut Office,
    over: Selection,
    command: C,
) -> Result<JobId, Box<dyn std::error::Error>> {
    let bulk = Box::new(Bulk { over, command });
    Ok(JobId(office.give(Who::Vera.actor(), Command::Bulk { bulk }).await?.subject))
}

async fn finish(office: &mut Office) -> Done {
    for (who, request, answer) in [
        (Who::Elena, "certificate", "It lies at the reception."),
        (Who::Olga, "act", "Signed and sent."),
        (Who::Ksenia, "laptop", "A new battery."),
        (Who::Ksenia, "token", "The token is in the mail."),
    ] {
        let (code, text) = ("done".to_owned(), answer.to_owned());
        if office.requests(Who::Vera).get(office.request(request)?).await?.0.assignee.is_none() {
            office.step(who, request, C::Claim).await?;
        }
        office.step(who, request, C::Resolve { code, text }).await?;
    }
    Ok(())
}
