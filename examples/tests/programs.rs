//! The programs run on PostgreSQL as they run on a file.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;

use flate2::read::GzDecoder;
use okno_tests::postgres::{Server, server};

/// Rows of the log that is replayed here.
const LOGGED: usize = 200;

#[tokio::test]
async fn programs_tell_the_same_on_postgresql_as_on_a_file() -> Result<(), Box<dyn Error>> {
    let Some(server) = server() else { return Ok(()) };
    let folder = tempfile::tempdir()?;
    let log = short_log(folder.path())?;
    let log = ["--log", log.to_str().ok_or("a path is a text")?];
    for (program, args) in [("desk_day", &[][..]), ("erp_invoice", &[]), ("replay", &log)] {
        let on_file = format!("sqlite:{}", folder.path().join(program).display());
        let on_server = format!("postgres:{}", database(server, program).await);
        let [on_file, on_server] = [on_file, on_server].map(|store| told(program, args, &store));
        let (on_file, on_server) = (on_file?, on_server?);
        match program {
            "replay" => assert_eq!(outcome(&on_server), outcome(&on_file)),
            // A database says in words of its own that an amount is not positive.
            "erp_invoice" => assert_eq!(refused_alike(&on_server), refused_alike(&on_file)),
            _ => assert_eq!(on_server, on_file, "{program}"),
        }
    }
    Ok(())
}

/// What a replay came to; then it says how long it took, and on what.
fn outcome(told: &str) -> Option<&str> {
    told.split_once(" commands in ").map(|(outcome, _)| outcome)
}

async fn database(server: &Server, program: &str) -> String {
    server.database(&format!("okno_example_{program}")).await
}

/// The beginning of the log that lies beside the examples.
fn short_log(folder: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/uci_incidents_sample.csv.gz");
    let path = folder.join("log.csv");
    let mut log = File::create(&path)?;
    // The first line names the columns.
    for line in BufReader::new(GzDecoder::new(File::open(sample)?)).lines().take(LOGGED + 1) {
        writeln!(log, "{}", line?)?;
    }
    Ok(path)
}

/// What a program prints, which was built together with this test.
fn told(program: &str, args: &[&str], store: &str) -> Result<String, Box<dyn Error>> {
    let test = std::env::current_exe()?;
    let built = test.parent().and_then(Path::parent).ok_or("a test lies two folders deep")?;
    let path = built.join("examples").join(program);
    let done = Command::new(&path).args(args).args(["--store", store]).output();
    let done = done.map_err(|error| format!("{}: {error}", path.display()))?;
    let errors = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{program} on {store}: {errors}");
    Ok(String::from_utf8(done.stdout)?)
}

fn refused_alike(told: &str) -> Vec<&str> {
    told.lines().map(|line| line.split(": error").next().unwrap_or(line)).collect()
}
