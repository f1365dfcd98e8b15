//! Every limit there is, by name. Going over one is an error that names it, never a panic or a cut.

use super::Span;

/// Characters of a subject, a name or a title.
pub const SUBJECT_CHARS_MAX: usize = 500;
/// People copied into one request.
pub const COPIED_IN_MAX: usize = 100;
/// Watchers of one request.
pub const WATCHERS_MAX: usize = 100;
/// Employees mentioned in one message.
pub const MENTIONS_MAX: usize = 50;
/// Times that one entry is edited.
pub const REVISIONS_MAX: usize = 100;
/// Passages that one redaction blanks.
pub const REDACTED_PASSAGES_MAX: usize = 50;
/// Bytes of a passage that is blanked.
pub const REDACTED_PASSAGE_BYTES_MAX: usize = 1_000;
/// Fields of a tenant's own.
pub const FIELDS_MAX: usize = 200;
/// Options of one field.
pub const FIELD_OPTIONS_MAX: usize = 1_000;
/// Characters of one text in a field.
pub const FIELD_TEXT_CHARS_MAX: usize = 4_000;
/// Steps of one macro.
pub const MACRO_STEPS_MAX: usize = 20;
/// Tags of one request.
pub const TAGS_MAX: usize = 50;
/// The shortest work that is logged.
pub const WORK_SPENT_MIN: Span = Span::minutes(1);
/// The longest work that one entry logs.
pub const WORK_SPENT_MAX: Span = Span::hours(24);
/// Links of one request, those of what was merged into it included.
pub const LINKS_MAX: usize = 100;
/// Steps along which a link or a parent is followed to find a circle.
pub const LINK_DEPTH_MAX: usize = 8;
/// Requests that are looked at to find a circle.
pub const LINK_WALK_MAX: usize = 200;
/// Requests that went on in one request.
pub const ABSORBED_MAX: usize = 50;
/// Merges in a row: into a request that is merged later, and so on.
pub const MERGE_DEPTH_MAX: u8 = 4;
/// Bytes of one entry's text.
pub const ENTRY_BYTES_MAX: usize = 1 << 20;
/// Characters of a code: a service, a line, a resolution code.
pub const CODE_CHARS_MAX: usize = 64;
/// Languages of one employee.
pub const LANGUAGES_MAX: usize = 16;
/// Levels of the tree of units.
pub const UNIT_DEPTH_MAX: usize = 32;
/// Nodes of one condition.
pub const CONDITION_NODES_MAX: usize = 1_000;
/// Levels of nesting of one condition.
pub const CONDITION_DEPTH_MAX: usize = 32;
/// Values of one `in` list that a person writes.
pub const CONDITION_LIST_MAX: usize = 1_000;
/// Rows of one page of a query.
pub const PAGE_ROWS_MAX: usize = 1_000;
/// Columns that one query asks for.
pub const PAGE_COLUMNS_MAX: usize = 200;
/// Values of related rows that one query asks for and sorts by.
pub const PAGE_RELATED_MAX: usize = 32;
/// Columns that one query sorts by.
pub const SORT_COLUMNS_MAX: usize = 4;
/// Groups that one query counts.
pub const GROUPS_MAX: usize = 1_000;
/// Edges of the buckets of time that one query counts.
pub const GROUP_EDGES_MAX: usize = 1_000;
/// Keys and lookups of one read.
pub const READ_KEYS_MAX: usize = 1_000;
/// Records that one lookup returns.
pub const LOOKUP_ROWS_MAX: usize = 1_000;
/// Operations (puts, deletes, guards, claims, erasures, changes of work) of one batch.
pub const BATCH_OPERATIONS_MAX: usize = 1_000;
/// Events of one batch.
pub const BATCH_EVENTS_MAX: usize = 1_000;
/// Bytes of one record's or event's body. JSON writes some characters as six, so the longest entry fits however it is
/// written.
pub const BODY_BYTES_MAX: usize = 8 << 20;
/// Batches that a store admits as one group.
pub const GROUP_BATCHES_MAX: usize = 64;
/// Events that one read of the journal returns.
pub const JOURNAL_PAGE_MAX: usize = 10_000;
/// Timers or effects that one claim takes.
pub const LEASES_MAX: usize = 1_000;
/// Records that a desk remembers as it saw them last.
pub const RECENT_RECORDS_MAX: usize = 8_192;
/// How often a command is decided again after a conflict.
pub const CONFLICT_RETRIES_MAX: u32 = 16;
/// Events that a stale command is told.
pub const CHANGES_TOLD_MAX: usize = 100;
/// People who are shown as looking at one request.
pub const PRESENCE_MAX: usize = 100;
/// How often a decision may ask for further reads.
pub const READ_ROUNDS_MAX: u32 = 16;
/// How often a timer or an effect is tried before it is parked.
pub const ATTEMPTS_MAX: u32 = 8;
/// Timers or effects that one round of a tick takes.
pub const TICK_LEASES: usize = 64;
/// Human numbers that a node takes at once.
pub const NUMBER_BLOCK_SIZE: u64 = 64;
/// Human numbers that a node takes at once when it uses them up quickly.
pub const NUMBER_BLOCK_MAX: u64 = 1_024;
/// Changes of the directory that one import makes.
pub const IMPORT_MAX: usize = 400;
/// Effective-dated versions of one calendar or layer.
pub const CALENDAR_VERSIONS_MAX: usize = 100;
/// Layers that compose one calendar.
pub const CALENDAR_LAYERS_MAX: usize = 16;
/// Pieces of working time of one weekday or one date.
pub const CALENDAR_PIECES_MAX: usize = 96;
/// Date rules, and closures, of one version of a calendar.
pub const CALENDAR_DATES_MAX: usize = 20_000;
/// Local dates in a row without working time that a search passes.
pub const CALENDAR_EMPTY_DATES_MAX: i32 = 3_660;
/// Bytes of an imported calendar file.
pub const CALENDAR_IMPORT_BYTES_MAX: usize = 4 << 20;
/// Candidate dates that the recurrence rules of one imported feed may look at.
pub const CALENDAR_RECURRENCE_STEPS_MAX: usize = 4_000_000;
/// Requests that a job is given by name.
pub const BULK_LIST_MAX: usize = 900;
/// Requests that a job finds by a condition.
pub const BULK_FOUND_MAX: usize = 100_000;
/// Requests that a job finds at once.
pub const JOB_FOUND_AT_ONCE: usize = 500;
/// Requests that a job has in hand at once.
pub const JOB_SLICE: usize = 16;
/// Timers and effects put aside that a request names; of more it names the latest.
pub const STUCK_MAX: usize = 50;
/// Views that somebody keeps.
pub const VIEWS_MAX: usize = 100;
/// Units, services or lines that a grant lists.
pub const SCOPE_LIST_MAX: usize = 200;
/// Characters kept of the reason for which a timer or an effect failed.
pub const FAILURE_CHARS_MAX: usize = 500;
/// Bytes of the pieces in which a blob is read.
pub const BLOB_PIECE_BYTES: usize = 64 << 10;
/// Blobs of one page of a listing.
pub const BLOB_PAGE_MAX: usize = 1_000;
/// Bytes of one attachment.
pub const ATTACHMENT_BYTES_MAX: u64 = 64 << 20;
/// Characters of the name of an attachment.
pub const ATTACHMENT_NAME_CHARS_MAX: usize = 255;
/// Characters of each half of a media type (RFC 6838, 4.2).
pub const MEDIA_TYPE_CHARS_MAX: usize = 127;
/// Attachments that come with one entry, or with one command.
pub const ENTRY_ATTACHMENTS_MAX: usize = 20;
/// Attachments of one request.
pub const REQUEST_ATTACHMENTS_MAX: u32 = 500;
/// Bytes of all attachments of one request.
pub const REQUEST_ATTACHED_BYTES_MAX: u64 = 1 << 30;
/// Characters kept of the name by which a scanner calls what it found.
pub const INFECTION_CHARS_MAX: usize = 200;
/// Hours within which what was uploaded is attached.
pub const UPLOAD_HOURS: i64 = 24;
/// Hours for which a blob stays that nothing refers to. More than those of an upload, so that what is being attached
/// is not swept.
pub const BLOB_GRACE_HOURS: i64 = 48;
/// Blobs or uploads that a sweep looks at together.
pub const SWEEP_ROWS: usize = 200;
/// Bytes of an e-mail address, by RFC 5321.
pub const EMAIL_BYTES_MAX: usize = 254;
/// Characters of a name in a messenger.
pub const ADDRESS_CHARS_MAX: usize = 128;
/// Addresses of one person.
pub const ADDRESSES_MAX: usize = 20;
/// Contacts that stand for one person when they are merged.
pub const IDENTITIES_MAX: usize = 50;
/// Delegations in force of one employee, and as many to one.
pub const DELEGATIONS_MAX: usize = 16;
/// Absences of one employee that were not withdrawn.
pub const ABSENCES_MAX: usize = 1_000;
/// Links of a chain of substitutes.
pub const DELEGATION_CHAIN_MAX: usize = 3;
/// Tokens of one text that are searched; what stands behind them is not found. A position beyond 16,383 is one that
/// PostgreSQL cannot tell from others.
pub const TOKENS_MAX: usize = 10_000;
/// Places of one text at which the same token is found: PostgreSQL keeps at most 256.
pub const TOKEN_PLACES_MAX: usize = 250;
/// Bytes of one token; longer words are found by their beginnings.
pub const TOKEN_BYTES_MAX: usize = 64;
/// Bytes of what somebody searches for.
pub const SEARCHED_BYTES_MAX: usize = 1_000;
/// Words of what somebody searches for.
pub const SEARCHED_WORDS_MAX: usize = 32;
/// Letters of the shortest beginning of a word that is searched for; a shorter one is taken for a word.
pub const SEARCHED_BEGINNING_CHARS_MIN: usize = 2;
/// Characters of the part of a text that is shown as found.
pub const SNIPPET_CHARS_MAX: usize = 200;
/// Questions that a page of a search asks of one field before it is given out with fewer hits than asked for.
pub const SEARCH_ROUNDS_MAX: usize = 8;
/// Characters of the shortest name or address that is looked for in texts when somebody is erased.
pub const WORD_CHARS_MIN: usize = 3;
/// Names and addresses of one person that are looked for.
pub const WORDS_MAX: usize = 1_000;
/// Bytes of the bundle of one request that leaves for the archive.
pub const BUNDLE_BYTES_MAX: u64 = 1 << 30;
/// Requests that one call lets leave for the archive.
pub const ARCHIVE_AT_ONCE: usize = 1_000;
/// Records of an archived request that are deleted together.
pub const ARCHIVE_ROWS: usize = 500;
/// Requests of one person that are handed out to them.
pub const EXPORT_REQUESTS_MAX: usize = 10_000;
/// Events of one person that are handed out to them, and entries.
pub const EXPORT_LINES_MAX: usize = 100_000;
/// Records that an erasure looks at together.
pub const ERASURE_ROWS: usize = 200;
/// Events that an erasure looks at together.
pub const ERASURE_EVENTS: usize = 500;
/// Agreements of a tenant in force.
pub const AGREEMENTS_MAX: usize = 1_000;
/// Earlier revisions of agreements that are kept for the work that was born with them.
pub const AGREEMENT_REVISIONS_MAX: usize = 5_000;
/// Calendars of a tenant.
pub const CALENDARS_MAX: usize = 500;
/// Targets of one agreement, and so clocks of one request.
pub const TARGETS_MAX: usize = 32;
/// Days of the longest target.
pub const TARGET_DAYS_MAX: i64 = 1_095;
/// Requests that a rebase holds against what changed before it makes room for what came due meanwhile.
pub const REBASE_SLICE: usize = 64;
/// Clocks that a dry run of a rebase names; all of them are counted.
pub const REBASE_MOVES_MAX: usize = 500;
/// Requests that one report of compliance reads.
pub const COMPLIANCE_REQUESTS_MAX: usize = 1_000_000;
/// Groups that one report of compliance tells apart.
pub const COMPLIANCE_GROUPS_MAX: usize = 10_000;
/// Segments in which one clock is explained; longer stretches are told as a whole.
pub const EXPLAINED_SEGMENTS_MAX: usize = 2_000;
/// Thresholds of one target.
pub const THRESHOLDS_MAX: usize = 32;
/// Events of one record's past that are gone through at once.
pub const PAST_EVENTS_MAX: usize = 50_000;
/// Stretches of one cycle of a clock; a step that would make more is refused.
pub const CLOCK_STRETCHES_MAX: usize = 1_000;
/// Earlier attempts that a clock remembers; of more it remembers the latest, and the journal has all.
pub const CLOCK_ATTEMPTS_MAX: usize = 1_000;
/// Obligations of the customer in one agreement.
pub const OBLIGATIONS_MAX: usize = 32;
/// Bounds of measures of quality in one agreement.
pub const QUALITY_LIMITS_MAX: usize = 64;
/// Credits of one agreement.
pub const CREDITS_MAX: usize = 64;
/// Actions of one threshold.
pub const ESCALATION_ACTIONS_MAX: usize = 16;
/// Escalations in a row, each of which set the clock going that led to the next one.
pub const ESCALATION_DEPTH_MAX: usize = 8;
/// People whom one action of an escalation tells.
pub const ESCALATION_TOLD_MAX: usize = 100;
/// The latest threshold in percent of its target.
pub const THRESHOLD_PERCENT_MAX: u16 = 1_000;
