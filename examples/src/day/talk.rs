//! What an accountant and a supplier write to each other: a macro, drafts, an edit, a redaction, the work log.

use std::error::Error;

use okno::RequestCommand as C;
use okno::base::Span;
use okno::condition::Value;
use okno::engine::Doing;
use okno::life::request::{EntryId, EntryKind, LogWork, Message, Redaction};

use super::office::{Done, Office};
use super::people::Who;

const INVOICE: &str = "invoice";

pub(super) async fn tell(office: &mut Office) -> Done {
    take(office).await?;
    write(office).await?;
    correct(office).await?;
    work(office).await
}

/// One macro takes the request, starts it, tags it and says so.
async fn take(office: &mut Office) -> Done {
    office.step(Who::Olga, INVOICE, C::Run { code: "take".parse()? }).await?;
    office.step(Who::Olga, INVOICE, C::Untag { tag: "overdue".parse()? }).await?;
    office.step(Who::Olga, INVOICE, C::Tag { tag: "supplier".parse()? }).await?;
    let russian = Some("ru".to_owned());
    office
        .step(Who::Olga, INVOICE, C::AnswerWith { reply: "registered".parse()?, language: russian })
        .await?;
    let amount = Value::Decimal("48200.50".parse()?);
    let values =
        [("amount".parse()?, Some(amount)), ("contract".parse()?, Some(Value::Code("A-114".into())))];
    office.step(Who::Olga, INVOICE, C::SetFields { values: values.into() }).await
}

/// Drafts are their author's alone; Vera sees only that Olga is writing.
async fn write(office: &mut Office) -> Done {
    let draft = |kind, text: &str| C::SaveDraft { kind, text: text.to_owned() };
    office.step(Who::Olga, INVOICE, draft(EntryKind::Answer, "The payment of invoice 117")).await?;
    office.step(Who::Olga, INVOICE, draft(EntryKind::Note, "Again Acme")).await?;
    office.step(Who::Olga, INVOICE, C::DiscardDraft { kind: EntryKind::Note }).await?;
    let id = office.request(INVOICE)?;
    office.requests(Who::Olga).looking(id, Doing::Writing).await?;
    let others = office.requests(Who::Vera).looking(id, Doing::Looking).await?;
    office.say(&format!(
        "Vera opens the request of Acme and sees how many others have it open: {}.",
        others.len()
    ));
    let sent =
        Message { from_draft: true, ..Message::from("The payment of invoice 117 went out on Friday.") };
    office.step(Who::Olga, INVOICE, C::Answer(sent)).await
}

/// Olga corrects the day; Acme wrote the number of a card, which Vera blanks.
async fn correct(office: &mut Office) -> Done {
    let entry = last(office).await?;
    let text = "The payment of invoice 117 went out on Thursday.".to_owned();
    office.step(Who::Olga, INVOICE, C::EditEntry { entry, text }).await?;
    let card = "2200 1234 5678 9010";
    office
        .step(Who::AcmeSales, INVOICE, C::Reply(format!("Pay to my card {card} next time.").into()))
        .await?;
    let (entry, reason) = (last(office).await?, "card_number".to_owned());
    let what = Redaction::Passages { passages: vec![card.to_owned()] };
    office.step(Who::Vera, INVOICE, C::RedactEntry { entry, what, reason }).await?;
    office.say("Acme writes the number of a card; Vera blanks it, in the entry and in what it said before.");
    Ok(())
}

/// Olga logs what it took, once too often.
async fn work(office: &mut Office) -> Done {
    for text in ["Looked the payment up", "Looked the payment up once more"] {
        let work = LogWork { spent: Span::minutes(12), at: None, text: text.to_owned() };
        office.step(Who::Olga, INVOICE, C::LogWork(work)).await?;
    }
    let entry = last(office).await?;
    office.step(Who::Olga, INVOICE, C::RetractWork { entry }).await
}

/// The last entry of the request.
async fn last(office: &Office) -> Result<EntryId, Box<dyn Error>> {
    let entries = office.requests(Who::Vera).entries(office.request(INVOICE)?).await?;
    Ok(entries.last().ok_or("something was written")?.id)
}
