//! How PostgreSQL finds the rows of each statement once its tables are large, by what it tells of its own plans.

use std::sync::Arc;

use okno::base::Clock;
use okno::conformance::Fixture;
use okno_storage_sqlx::PostgresOptions;
use okno_tests::postgres::{Database, Schema, server};
use okno_tests::{Candidate, Center, kinds};
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::{log, operations};

/// Runs the operations on a store that was filled, and looks at the plan of everything that ran.
pub(crate) async fn nothing_that_grows_is_scanned() {
    let told = Candidate { name: "postgres that tells its plans", open: |clock| Box::pin(open(clock)) };
    let mut center = Center::open(told).await;
    operations(&mut center).await;
    fill(center.schema().expect("a schema")).await;
    log::take_plans();
    operations(&mut center).await;
    let plans = log::take_plans();
    for (plan, table) in plans.iter().flat_map(|plan| GROWING.map(|table| (plan, table))) {
        let scans = plan.lines().any(|line| line.contains(&format!("Seq Scan on {table} ")));
        assert!(!scans, "`{table}` is scanned:\n{plan}");
    }
    assert!(plans.len() > 40, "{} plans", plans.len());
}

/// A store whose connections tell how each statement was planned, its arguments unknown.
async fn open(clock: Arc<dyn Clock>) -> Fixture {
    let schema = server().expect("there is a server for tests").own_schema(Database::Bytewise).await;
    let separator = if schema.url().contains('?') { '&' } else { '?' };
    let url = format!("{}{separator}options={}", schema.url(), SETTINGS.join("%20"));
    let options = PostgresOptions::new(url).schema(schema.name()).clock(clock);
    let store = options.open(kinds()).await.expect("a fresh schema can be opened");
    Fixture { store: Arc::new(store), guard: Box::new(schema) }
}

/// Copies what is there, so that tables are large, and lets the planner know.
async fn fill(schema: &Schema) {
    let mut connection = PgConnection::connect(schema.url()).await.expect("connected");
    let tables: Vec<_> = GROWING.iter().map(|table| format!("'{table}'")).collect();
    let name = format!("\"{}\"", schema.name());
    let mut text = COPY.replace("{schema}", &name).replace("{tables}", &tables.join(", "));
    for table in GROWING {
        text.push_str(&format!("; ANALYZE {name}.{table}"));
    }
    connection.execute(AssertSqlSafe(text)).await.expect("the tables are filled");
    connection.close().await.expect("the connection ends");
}

/// Tables that grow with the work done.
const GROWING: [&str; 7] =
    ["request", "entry", "involvement", "okno_event", "okno_receipt", "okno_claim", "okno_work"];

const SETTINGS: [&str; 8] = [
    "-c",
    "session_preload_libraries=auto_explain",
    "-c",
    "auto_explain.log_min_duration=0",
    "-c",
    "auto_explain.log_level=notice",
    "-c",
    "plan_cache_mode=force_generic_plan",
];

/// Ids that belong together stay so in every copy; of twenty copies one has the same people and lines.
const COPY: &str = "DO $do$ DECLARE t text; names text; made text; BEGIN \
     FOREACH t IN ARRAY ARRAY[{tables}] LOOP \
     SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), string_agg(CASE \
     WHEN atttypid = 'uuid'::regtype AND attname IN ('id', 'request', 'subject_id', 'subject', 'command', 'key', 'owner') \
     THEN format('md5(%I::text || g)::uuid', attname) \
     WHEN atttypid = 'uuid'::regtype AND attname IN ('requester', 'assignee', 'party', 'author') \
     THEN format('CASE WHEN mod(g, 20) = 0 THEN %1$I ELSE md5(%1$I::text || mod(g, 100))::uuid END', attname) \
     WHEN attname = 'line' THEN 'CASE WHEN mod(g, 20) = 0 THEN line ELSE line || mod(g, 20) END' \
     WHEN attname IN ('position', 'row_number') THEN format('%I + g * 1000', attname) \
     WHEN attname IN ('created_at', 'updated_at', 'due', 'due_at', 'at') THEN format('%I + g * 60000', attname) \
     WHEN (t, attname) IN (('request', 'number'), ('okno_claim', 'value')) THEN format('%I || g', attname) \
     ELSE quote_ident(attname) END, ', ' ORDER BY attnum) INTO names, made \
     FROM pg_attribute WHERE attrelid = format('{schema}.%I', t)::regclass AND attnum > 0 AND NOT attisdropped; \
     EXECUTE format('INSERT INTO {schema}.%1$I (%2$s) SELECT %3$s FROM {schema}.%1$I, generate_series(1, 1000) AS g', \
     t, names, made); END LOOP; END $do$";
