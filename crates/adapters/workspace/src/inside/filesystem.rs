//! The private file system: one sized tmpfs that holds everything a command can write.

use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use devos_contracts::run::Limits;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sys::statvfs::statvfs;
use rustix::fs::{XattrFlags, setxattr};

use crate::protocol::{ASSEMBLY, HOME, OUT, PREPARED, SOURCE, WORKSPACE};

/// Files that the tmpfs holds for each mebibyte of it, so that empty files can not eat the kernel's memory.
const FILES_PER_MEBIBYTE: u64 = 256;
/// Where a checkout's own repository keeps its objects.
const REPOSITORY_OBJECTS: &str = ".git/objects";
/// Free bytes under which the tmpfs counts as full.
const FULL_BELOW: u64 = 64 << 10;

/// Assembles the file system; true when the checkout is overlaid, false when it had to be copied.
pub(super) fn assemble(limits: Limits, prepared: bool) -> io::Result<bool> {
    let size = limits.disk_bytes.max(1 << 20);
    let files = (size >> 20) * FILES_PER_MEBIBYTE + 4096;
    let options = format!("size={size},nr_inodes={files},mode=755");
    let none = None::<&str>;
    mount(Some("devos"), ASSEMBLY, Some("tmpfs"), MsFlags::MS_NOSUID | MsFlags::MS_NODEV, Some(options.as_str()))?;
    let part = |name: &str| Path::new(ASSEMBLY).join(name);
    for (name, mode) in [("tmp", 0o1777), ("shm", 0o1777), ("out", 0o755), ("probe", 0o755)] {
        fs::create_dir(part(name))?;
        fs::set_permissions(part(name), Permissions::from_mode(mode))?;
    }
    for (name, place) in [("tmp", "/tmp"), ("tmp", "/var/tmp"), ("shm", "/dev/shm"), ("out", OUT)] {
        mount(Some(&part(name)), place, none, MsFlags::MS_BIND, none)?;
    }
    let layers: &[&str] = if prepared { &[SOURCE, "workspace"] } else { &[SOURCE] };
    let overlay = setxattr(part("probe"), "user.devos", b"1", XattrFlags::empty()).is_ok()
        && lay_over(WORKSPACE, "workspace", layers).is_ok()
        && lay_over(HOME, "home", if prepared { &["home"] } else { &[] }).is_ok();
    if !overlay {
        // A partial success must not shadow the copy.
        let _ = umount2(WORKSPACE, MntFlags::MNT_DETACH);
        for (name, place, source) in [("workspace", WORKSPACE, Some(SOURCE)), ("home", HOME, None)] {
            let target = part(name);
            DirBuilder::new().mode(0o755).create(&target)?;
            if prepared {
                copy(&Path::new(PREPARED).join(name), &target)?;
            }
            if let Some(source) = source {
                copy(Path::new(source), &target)?;
            }
            if source.is_some() {
                borrow_objects(&target)?;
            }
            mount(Some(&target), place, none, MsFlags::MS_BIND, none)?;
        }
    }
    // Its parts stay where they were bound; the whole is no longer reachable.
    umount2(ASSEMBLY, MntFlags::MNT_DETACH)?;
    Ok(overlay)
}

/// True when the tmpfs has no room left for bytes or files.
pub(super) fn is_full() -> bool {
    statvfs("/tmp")
        .is_ok_and(|stat| stat.blocks_available() * stat.fragment_size() < FULL_BELOW || stat.files_free() == 0)
}

/// Mounts an overlay at `place`: the first layer is the uppermost of the read-only ones.
fn lay_over(place: &str, name: &str, layers: &[&str]) -> io::Result<()> {
    let part = |suffix: &str| Path::new(ASSEMBLY).join(format!("{name}{suffix}"));
    let (upper, work, empty) = (part("-upper"), part("-work"), part("-empty"));
    for directory in [&upper, &work, &empty] {
        DirBuilder::new().mode(0o755).create(directory)?;
    }
    let layers = layers.iter().map(|layer| Path::new(PREPARED).join(layer)).chain([empty]);
    let layers: Vec<_> = layers.map(|layer| layer.display().to_string()).collect();
    let (lower, upper, work) = (layers.join(":"), upper.display(), work.display());
    let options = format!("userxattr,lowerdir={lower},upperdir={upper},workdir={work}");
    let flags = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    mount(Some("devos"), place, Some("overlay"), flags, Some(options.as_str()))?;
    Ok(())
}

/// Lets the copied repository read the packs of the read-only one, which are too large to be copied for every run.
fn borrow_objects(checkout: &Path) -> io::Result<()> {
    let objects = Path::new(SOURCE).join(REPOSITORY_OBJECTS);
    let there = checkout.join(REPOSITORY_OBJECTS).join("info/alternates");
    if objects.is_dir() { fs::write(there, format!("{}\n", objects.display())) } else { Ok(()) }
}

/// Copies directories, regular files and symbolic links with their times; later copies win.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        let metadata = source.symlink_metadata()?;
        if from == Path::new(SOURCE).join(REPOSITORY_OBJECTS).join("pack") {
            continue;
        }
        let existing = target.symlink_metadata().ok();
        if existing.as_ref().is_some_and(|there| !(there.is_dir() && metadata.is_dir())) {
            if existing.is_some_and(|there| there.is_dir()) {
                fs::remove_dir_all(&target)?;
            } else {
                fs::remove_file(&target)?;
            }
        }
        if metadata.is_dir() {
            if target.symlink_metadata().is_err() {
                DirBuilder::new().mode(metadata.mode() & 0o777 | 0o700).create(&target)?;
            }
            copy(&source, &target)?;
        } else if metadata.is_symlink() {
            symlink(fs::read_link(&source)?, &target)?;
        } else if metadata.is_file() {
            fs::copy(&source, &target)?;
            let times = fs::FileTimes::new().set_modified(metadata.modified()?);
            fs::File::open(&target)?.set_times(times)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::path::Path;

    use super::copy;

    #[test]
    fn a_later_copy_wins_and_links_are_copied_as_links() {
        let directory = tempfile::tempdir().unwrap();
        let path = |name: &str| directory.path().join(name);
        let write = |name: &str, content: &str| {
            fs::create_dir_all(path(name).parent().unwrap()).unwrap();
            fs::write(path(name), content).unwrap();
        };
        for (name, content) in [("one/dir/kept", "1"), ("one/both", "1"), ("one/was_dir/x", "1"), ("one/was_file", "1")]
        {
            write(name, content);
        }
        for (name, content) in [("two/dir/new", "2"), ("two/both", "2"), ("two/was_dir", "2"), ("two/was_file/x", "2")]
        {
            write(name, content);
        }
        symlink("/etc/passwd", path("two/link")).unwrap();
        fs::set_permissions(path("two/both"), fs::Permissions::from_mode(0o755)).unwrap();
        fs::create_dir(path("to")).unwrap();
        for from in ["one", "two"] {
            copy(&path(from), &path("to")).unwrap();
        }
        let read = |name: &str| fs::read_to_string(path("to").join(name)).unwrap();
        let read = ["dir/kept", "dir/new", "both", "was_dir", "was_file/x"].map(read);
        assert_eq!(read, ["1", "2", "2", "2", "2"]);
        assert_eq!(fs::read_link(path("to/link")).unwrap(), Path::new("/etc/passwd"));
        let (copied, original) = (path("to/both").metadata().unwrap(), path("two/both").metadata().unwrap());
        assert_eq!(copied.permissions(), original.permissions());
        assert_eq!(copied.modified().unwrap(), original.modified().unwrap());
    }
}
