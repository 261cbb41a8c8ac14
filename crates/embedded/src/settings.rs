use crate::probe;

/// How a server is tuned; every field becomes a `-c name=value` of its command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Shared buffers in mebibytes.
    pub shared_buffers_mb: u32,
    /// The most connections served at once.
    pub max_connections: u32,
    /// Whether a commit survives a crash of the machine; only tests may say no.
    pub durable: bool,
    /// Further settings by name, which win over the above.
    pub extra: Vec<(String, String)>,
}

impl Settings {
    /// What `devos up` uses: durable, and small enough to leave room for the rest in 512 MB. Buffers cost memory only once
    /// they are used; checkpoints are rare, because each makes whole pages go to the log again.
    pub fn product() -> Self {
        let extra = [("max_wal_size", "2GB"), ("checkpoint_timeout", "15min"), ("wal_buffers", "16MB")];
        let extra = extra.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { shared_buffers_mb: 128, max_connections: 60, durable: true, extra }
    }

    /// What tests use: nothing is flushed, and many test processes connect at once.
    pub fn throwaway() -> Self {
        Self { shared_buffers_mb: 64, max_connections: 200, durable: false, extra: Vec::new() }
    }

    /// The server's arguments, socket directory included; no address is listened on but that socket.
    pub(crate) fn arguments(&self, socket_dir: &str) -> Vec<String> {
        let mut settings = vec![
            ("listen_addresses", String::new()),
            ("port", probe::PORT.to_string()),
            ("unix_socket_directories", format!("\"{socket_dir}\"")),
            ("unix_socket_permissions", "0700".to_owned()),
            ("shared_buffers", format!("{}MB", self.shared_buffers_mb)),
            ("max_connections", self.max_connections.to_string()),
            ("huge_pages", "off".to_owned()),
            ("io_workers", "2".to_owned()),
            ("jit", "off".to_owned()),
            ("max_wal_size", "512MB".to_owned()),
            ("timezone", "UTC".to_owned()),
            ("log_timezone", "UTC".to_owned()),
        ];
        if !self.durable {
            let off = ["fsync", "synchronous_commit", "full_page_writes", "autovacuum"];
            settings.extend(off.map(|name| (name, "off".to_owned())));
            settings.extend([("wal_level", "minimal".to_owned()), ("max_wal_senders", "0".to_owned())]);
        }
        let extra = self.extra.iter().map(|(name, value)| (name.as_str(), value.clone()));
        let pairs = settings.into_iter().chain(extra);
        pairs.flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={value}")]).collect()
    }
}
