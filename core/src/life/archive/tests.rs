use super::record::Tombstone;
use crate::config::catalog::Action;
use crate::life::access::Policy;
use crate::life::sample::{OPERATOR, REQUESTER, STRANGER, acts, noon, request, world};
use crate::store::BlobDigest;

#[test]
fn a_tombstone_answers_to_whom_the_request_answered() {
    let world = world();
    let request = request();
    let outline = Tombstone::of(&request, (BlobDigest([7; 32]), 1), noon()).outline();
    for who in [REQUESTER, OPERATOR, STRANGER] {
        let actor = acts(who);
        let policy = Policy::new(&world, &actor, noon());
        for action in [Action::See, Action::SeeOwn] {
            assert_eq!(policy.allows(action, &outline), policy.allows(action, &request), "{who} {action:?}");
        }
    }
}
