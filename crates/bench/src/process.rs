//! What processes cost, read from the kernel.

use std::fs;
use std::time::Duration;

/// Clock ticks of `/proc` in a second; the kernel's interface has had this value on every Linux for decades.
const TICKS: u64 = 100;

/// CPU time of a process with all the children that it waited for, and of its living children.
pub fn cpu_of_tree(root: u32) -> Duration {
    let children: u64 =
        processes().filter_map(|pid| stat(pid).filter(|stat| stat.parent == root)).map(|stat| stat.own_ticks).sum();
    let own = stat(root).map_or(0, |stat| stat.own_ticks + stat.waited_ticks);
    Duration::from_millis((own + children) * 1000 / TICKS)
}

/// The most memory that a process ever held, in mebibytes.
pub fn peak_rss_mb(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

struct Stat {
    parent: u32,
    own_ticks: u64,
    waited_ticks: u64,
}

/// Fields of `/proc/PID/stat`, which begin after the name in parentheses.
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat {
        parent: u32::try_from(number(1)?).ok()?,
        own_ticks: number(11)? + number(12)?,
        waited_ticks: number(13)? + number(14)?,
    })
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}
