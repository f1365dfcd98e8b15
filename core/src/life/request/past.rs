use super::event::RequestEvent;
use super::record::Request;
use crate::base::Timestamp;
use crate::store::Event;

/// Shows a request as it stood after each event of its past, in order.
pub(super) fn each_state(events: &[Event], mut look: impl FnMut(Timestamp, &Request)) {
    let mut request: Option<Request> = None;
    for event in events {
        match (event.of::<RequestEvent>(), &mut request) {
            (Some(RequestEvent::Submitted(facts)), _) => {
                request = Some(Request::submitted((**facts).clone(), event.at));
            }
            (Some(fact), Some(request)) => request.evolve(fact, event.at),
            (_, _) => {}
        }
        if let Some(request) = &request {
            look(event.at, request);
        }
    }
}
