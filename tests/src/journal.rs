use okno::store::Event;

/// An event as text, complete: equal lines mean equal events, byte for byte.
pub type Line = String;

/// Every event as text.
///
/// # Panics
/// When an event cannot be written as JSON.
#[must_use]
pub fn lines(events: &[Event]) -> Vec<Line> {
    events.iter().map(line).collect()
}

fn line(event: &Event) -> Line {
    let Event { tenant, position, at, command, origin, subject, fact } = event;
    let body = fact.encode().expect("facts can be written");
    let content = fact.content().expect("contents can be written");
    let name = fact.name();
    format!("{tenant} {position} {at} {command} {origin:?} {subject} {name} {body} {content:?}")
}
