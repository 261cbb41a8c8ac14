//! Running a lane: every connection writes batches until the time is over.

use std::time::Instant;

use anyhow::Result;
use tokio::task::JoinSet;

use super::Plan;
use crate::figures::Lane;
use crate::process;

/// One connection of a lane.
pub trait Writer: Send + 'static {
    /// Writes a batch and waits until it is durable.
    fn write(&mut self) -> impl Future<Output = Result<()>> + Send;
}

/// Whose CPU time counts.
#[derive(Debug, Clone, Copy)]
pub struct Watched {
    /// PostgreSQL's first process.
    pub postmaster: u32,
    /// Our server, where it is a process of its own.
    pub server: Option<u32>,
}

impl Watched {
    fn cpu(self) -> [std::time::Duration; 2] {
        [process::cpu_of_tree(self.postmaster), self.server.map(process::cpu_of_tree).unwrap_or_default()]
    }
}

/// Lets all writers write batches of so many rows, once unmeasured and then until the lane's time is over.
pub async fn drive<W: Writer>(plan: &Plan, rows: usize, watched: Watched, writers: Vec<W>) -> Result<Lane> {
    let mut warm = JoinSet::new();
    for mut writer in writers {
        warm.spawn(async move { writer.write().await.map(|()| writer) });
    }
    let writers = warm.join_all().await.into_iter().collect::<Result<Vec<W>>>()?;

    let (before, start, length) = (watched.cpu(), Instant::now(), plan.lane);
    let mut running = JoinSet::new();
    for mut writer in writers {
        running.spawn(async move {
            let mut acks = Vec::new();
            while start.elapsed() < length {
                let sent = Instant::now();
                writer.write().await?;
                acks.push(sent.elapsed());
            }
            anyhow::Ok((writer, acks))
        });
    }
    // The writers are kept until the CPU is read: a connection that ends costs too.
    let done = running.join_all().await.into_iter().collect::<Result<Vec<_>>>()?;
    let (took, after) = (start.elapsed(), watched.cpu());
    let acks: Vec<_> = done.iter().flat_map(|(_, acks)| acks.iter().copied()).collect();
    Ok(Lane {
        rows: (acks.len() * rows) as u64,
        took,
        database_cpu: after[0].saturating_sub(before[0]),
        server_cpu: after[1].saturating_sub(before[1]),
        acks,
    })
}
