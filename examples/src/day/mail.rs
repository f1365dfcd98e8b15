//! What people ask for that day.

use std::error::Error;

use okno::{Actor, Channel, Submit, Text};

use super::office::{Done, Office, clock_face};
use super::people::{TENANT, Who};

/// When, what the story calls it, who, the service, the subject, impact and urgency.
type Asked = (&'static str, &'static str, Who, &'static str, &'static str, (u8, u8));

const DAY: [Asked; 27] = [
    ("08:05", "printer", Who::Boris, "IT-01", "The printer prints nothing", (3, 3)),
    ("08:10", "badge", Who::Igor, "IT-02", "My badge does not open the gate", (3, 2)),
    ("08:15", "joke", Who::Sofia, "IT-03", "Where does the coffee come from?", (3, 3)),
    ("08:20", "payment", Who::Clara, "ACC-01", "Payment to Acme Paper, invoice 114", (2, 2)),
    ("08:35", "laptop", Who::Sofia, "IT-01", "The laptop does not start", (3, 2)),
    ("08:45", "scanner", Who::Igor, "IT-01", "Сканер в диспетчерской мажет", (3, 3)),
    ("09:05", "keyboard", Who::Clara, "IT-01", "Two keys are gone", (3, 3)),
    ("09:15", "certificate", Who::Boris, "HR-01", "Certificate for the bank", (3, 2)),
    ("09:20", "paper", Who::Clara, "PRO-01", "Forty boxes of paper", (3, 3)),
    ("09:25", "act", Who::Acme, "ACC-02", "Act of reconciliation for February", (3, 3)),
    ("09:30", PHONE, Who::Sofia, "IT-01", "No tone on the telephone", (3, 2)),
    ("09:50", "mail", Who::Boris, "IT-01", "No mail in Vologda", (1, 1)),
    ("09:52", "mail-port", Who::Igor, "IT-01", "No mail at the port", (2, 1)),
    ("09:54", "mail-crane", Who::Sofia, "IT-01", "Почта не работает", (2, 1)),
    ("09:56", "token", Who::Igor, "IT-02", "A new token for the mail", (3, 2)),
    ("10:20", "vpn-again", Who::Clara, "IT-02", "VPN does not connect", (3, 3)),
    ("10:30", "monitor", Who::Boris, "IT-01", "The second monitor stays dark", (3, 3)),
    ("10:40", "advance", Who::Igor, "ACC-01", "Advance for the spare parts", (2, 3)),
    ("11:10", "travel", Who::Sofia, "ACC-01", "Travel expenses of February", (3, 3)),
    ("11:30", "crane", Who::Sofia, "PRO-01", "A belt for crane 4", (1, 2)),
    ("12:15", "invoice", Who::AcmeSales, "ACC-01", "Invoice 117 was not paid", (2, 2)),
    ("12:40", "password", Who::Igor, "IT-03", "How long may a password be?", (3, 3)),
    ("13:30", "projector", Who::Clara, "IT-01", "The projector shows everything in green", (3, 3)),
    ("14:20", "leave", Who::Boris, "HR-01", "How many days of leave are left?", (3, 3)),
    ("14:40", "gloves", Who::Igor, "PRO-01", "Gloves for the night shift", (3, 2)),
    ("15:05", "charger", Who::Clara, "IT-01", "Зарядка ноутбука искрит", (2, 1)),
    ("15:10", "archive", Who::Boris, "IT-03", "Where are the drawings of 2019?", (3, 3)),
];

/// Lets the clock go on to a time, and everything come in that came by then.
pub(super) async fn arrive(office: &mut Office, until: &str) -> Done {
    let since = clock_face(office.now());
    for (at, name, who, service, subject, levels) in DAY {
        if at <= since.as_str() || at > until {
            continue;
        }
        office.until(at).await?;
        let submit = submission(service, subject, levels)?;
        if name == PHONE {
            telephone(office, who, submit).await?;
        } else {
            office.submit(who.actor(), name, submit).await?;
        }
    }
    office.until(until).await
}

/// Who telephones reaches Daniil, who writes it down for the front office.
async fn telephone(office: &mut Office, caller: Who, submit: Submit) -> Done {
    let daniil = Actor::employee(TENANT, Who::Daniil.employee(), Channel::Phone);
    let (requester, line) = (Some(caller.party()), Some("front".parse()?));
    office.submit(daniil, PHONE, Submit { requester, line, ..submit }).await
}

const PHONE: &str = "phone";

/// A submission with a text of its own.
pub(super) fn submission(
    service: &str,
    subject: &str,
    (impact, urgency): (u8, u8),
) -> Result<Submit, Box<dyn Error>> {
    let submit = Submit::new(service.parse()?, Text::new(subject)?);
    let text = format!("{subject}. Please help.");
    Ok(Submit { text, impact: Some(impact), urgency: Some(urgency), ..submit })
}
