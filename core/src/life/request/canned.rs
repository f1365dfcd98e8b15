use super::record::Request;
use crate::base::{Party, PartyKind};
use crate::config::catalog::{CannedReply, CheckedCatalog, Placeholder, ReplyCode};
use crate::life::directory::{Directory, EmployeeId};
use crate::life::refusal::Refusal;

/// What a canned reply says to the requester of a request, in the language asked for or one of the requester's.
///
/// # Errors
/// [`Refusal::Invalid`] when there is no such reply.
pub(crate) fn canned(
    directory: &Directory,
    catalog: &CheckedCatalog,
    actor: Party,
    request: &Request,
    (reply, language): (&ReplyCode, Option<&str>),
) -> Result<String, Refusal> {
    let unknown = || Refusal::invalid("reply", format!("there is no reply `{reply}`"));
    let reply = catalog.reply(reply).ok_or_else(unknown)?;
    let requester = request.requester;
    let employee = Some(EmployeeId(requester.id)).filter(|_| requester.kind == PartyKind::Employee);
    let employee = employee.and_then(|id| directory.employee(id));
    let own = employee.iter().flat_map(|employee| &employee.languages).map(String::as_str);
    let text = reply.text(language.into_iter().chain(own)).unwrap_or_default();
    let service = || catalog.service(&request.service).map(|service| service.name.clone());
    Ok(CannedReply::render(text, |placeholder| match placeholder {
        Placeholder::RequesterName => directory.name_of(requester),
        Placeholder::RequestNumber => request.number.clone(),
        Placeholder::RequestSubject => request.subject.as_str().to_owned(),
        Placeholder::ServiceName => service().unwrap_or_else(|| request.service.to_string()),
        Placeholder::OperatorName => directory.name_of(actor),
    }))
}
