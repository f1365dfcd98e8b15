use okno::store::Event;

/// Every event as text, complete: equal lines mean equal events, byte for byte.
///
/// # Panics
/// When an event cannot be written as JSON.
#[must_use]
pub fn lines(events: &[Event]) -> Vec<String> {
    events.iter().map(line).collect()
}

fn line(event: &Event) -> String {
    let Event { tenant, position, at, command, origin, subject, fact } = event;
    let body = fact.encode().expect("facts can be written");
    let content = fact.content().expect("contents can be written");
    let name = fact.name();
    format!("{tenant} {position} {at} {command} {origin:?} {subject} {name} {body} {content:?}")
}
