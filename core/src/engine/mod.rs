//! The shell around the rules: [`Desk`] loads, authorises, decides, evolves and commits; [`Worker`] carries out what
//! timers and effects ask for.
//!
//! A desk is cheap to clone and starts no task of its own. It is used as somebody: `desk.acting(actor).requests()`.

mod administration;
mod archive;
mod carry_job;
mod command;
mod desk;
mod entries;
mod erase;
mod error;
mod export;
mod files;
mod follow;
mod foresee;
mod found;
mod jobs;
mod kinds;
mod leaving;
mod list;
mod lists;
mod numbers;
mod people;
mod placement;
mod plan;
mod presence;
mod reading;
mod requests;
mod run;
mod scan;
mod search;
mod searching;
mod series;
mod stale;
mod sweep;
mod tick;
mod ties;
mod views;
mod worker;
mod worlds;

pub use administration::Administration;
pub use archive::Archived;
pub use command::Command;
pub use desk::{Acting, Desk};
pub use error::DeskError;
pub use export::{ExportedRequest, JournalLine, PersonExport};
pub use files::Download;
pub use foresee::Foreseen;
pub use found::Founding;
pub use jobs::{JobItems, Jobs, Progress};
pub use kinds::kinds;
pub use list::List;
pub use lists::Grouping;
pub use people::People;
pub use placement::{Before, Neighbour, OrderPart, Placement};
pub use plan::Plan;
pub use presence::{Doing, LOOKING_LASTS, Looking, MemoryPresence, Presence, PresenceError};
pub use requests::Requests;
pub use scan::{ScanError, Scanner};
pub use search::{Hit, HitPlace, Search, SearchCursor, SearchPage};
pub use series::AllSeries;
pub use sweep::Swept;
pub use tick::{DeliveryError, Messenger, Tick};
pub use ties::Linked;
pub use views::{ViewCount, Views};
pub use worker::Worker;
