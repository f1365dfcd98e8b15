//! Format `sla_compliance/1`: the share of targets that were met in a period.

use okno::base::Timestamp;
use okno::life::clock::{Compliance, Counted};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Answer, File, Verdict};

/// One vector.
#[derive(Deserialize)]
struct Vector {
    from: Timestamp,
    to: Timestamp,
    rows: Vec<Rows>,
    expect: Value,
}

/// So many clocks that are alike.
#[derive(Deserialize)]
struct Rows {
    count: u64,
    row: Counted,
}

pub(crate) fn run(file: &File) -> Vec<Verdict> {
    file.vectors.iter().map(|vector| Verdict::of(vector, answer(vector))).collect()
}

fn answer(vector: &Value) -> Result<Answer, String> {
    let vector = Vector::deserialize(vector).map_err(|error| error.to_string())?;
    let rows = vector.rows.iter().map(|rows| (rows.count, rows.row));
    let Compliance { met, missed } = Compliance::of(rows, vector.from, vector.to);
    let compliance_bp = Compliance { met, missed }.basis_points();
    let got = json!({ "met": met, "missed": missed, "compliance_bp": compliance_bp });
    Ok(Answer { agrees: got == vector.expect, got: got.to_string() })
}
