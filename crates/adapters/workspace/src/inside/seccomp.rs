//! The system call filter: everything that manages the machine, looks into other processes or opens exotic sockets.
//!
//! Two programs. The second refuses named calls; the first refuses what the second can not name: calls of other
//! architectures and x32 (which would pass a list of numbers), and calls newer than this list was reviewed for.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use nix::libc::{self, c_long};
use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::SeccompCmpOp::{Eq, MaskedEq, Ne};
use seccompiler::{BpfProgram, SeccompAction, SeccompCondition, SeccompFilter, SeccompRule, TargetArch, sock_filter};

/// The newest call that was considered: `file_setattr`, Linux 6.17. Numbers are equal on all our architectures.
const NEWEST_REVIEWED: u32 = 469;

/// Refused whatever their arguments.
const REFUSED: &[c_long] = &[
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    OPEN_TREE_ATTR,
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Parts of the kernel with a long record of holes.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_fanotify_init,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_lookup_dcookie,
    libc::SYS_nfsservctl,
    libc::SYS_quotactl,
    libc::SYS_quotactl_fd,
    libc::SYS_move_pages,
    libc::SYS_migrate_pages,
    libc::SYS_vhangup,
    // The machine.
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_syslog,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_adjtimex,
    libc::SYS_clock_settime,
    libc::SYS_clock_adjtime,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_iopl,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ioperm,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_modify_ldt,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_uselib,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_ustat,
    #[cfg(target_arch = "x86_64")]
    libc::SYS_sysfs,
    #[cfg(target_arch = "x86_64")]
    libc::SYS__sysctl,
];

/// Newer than the libc crate.
const OPEN_TREE_ATTR: c_long = 467;

/// Namespaces that `clone` could make.
const NAMESPACES: [i32; 8] = [
    libc::CLONE_NEWNS,
    libc::CLONE_NEWCGROUP,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    0x80, // CLONE_NEWTIME
];

/// Socket families that stay: the network namespace contains them, or they never leave the machine's own tables.
const FAMILIES: [i32; 4] = [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK];

/// Restricts the calling thread and everything it will start.
pub(super) fn apply() -> Result<(), String> {
    let arch: TargetArch = ARCH.try_into().map_err(|_| format!("there is no system call filter for {ARCH}"))?;
    for program in [unknown_calls(), missing_calls(arch)?, refused_calls(arch)?] {
        seccompiler::apply_filter(&program).map_err(|error| error.to_string())?;
    }
    Ok(())
}

/// Answers "no such call" to other call tables and to calls newer than the review.
fn unknown_calls() -> BpfProgram {
    const LOAD_WORD: u16 = 0x20;
    const JUMP_GREATER: u16 = 0x25;
    const RETURN: u16 = 0x06;
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    vec![
        // The call's number is the first word of what the kernel shows; x32 numbers have bit 30 set.
        step(LOAD_WORD, 0, 0, 0),
        step(JUMP_GREATER, 0, 1, NEWEST_REVIEWED),
        step(RETURN, 0, 0, 0x0005_0000 | libc::ENOSYS.unsigned_abs()),
        step(RETURN, 0, 0, 0x7fff_0000),
    ]
}

/// `clone3` hides its flags behind a pointer; libraries fall back to `clone` when it does not exist.
fn missing_calls(arch: TargetArch) -> Result<BpfProgram, String> {
    compile(BTreeMap::from([(libc::SYS_clone3, vec![])]), libc::ENOSYS, arch)
}

fn refused_calls(arch: TargetArch) -> Result<BpfProgram, String> {
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = REFUSED.iter().map(|&call| (call, vec![])).collect();
    let flag = |arg, value: i32| {
        let bits = u64::from(value.unsigned_abs());
        rule(vec![condition(arg, MaskedEq(bits), bits)])
    };
    rules.insert(libc::SYS_clone, NAMESPACES.iter().map(|&flags| flag(0, flags)).collect::<Result<_, _>>()?);
    for call in [libc::SYS_socket, libc::SYS_socketpair] {
        let exotic = FAMILIES.iter().map(|&family| condition(0, Ne, u64::from(family.unsigned_abs()))).collect();
        let netlink = vec![
            condition(0, Eq, u64::from(libc::AF_NETLINK.unsigned_abs())),
            condition(2, Ne, u64::from(libc::NETLINK_ROUTE.unsigned_abs())),
        ];
        rules.insert(call, vec![rule(exotic)?, rule(netlink)?]);
    }
    // Typing into a terminal.
    let terminal = [libc::TIOCSTI, libc::TIOCLINUX].map(|request| rule(vec![condition(1, Eq, request)]));
    rules.insert(libc::SYS_ioctl, terminal.into_iter().collect::<Result<_, _>>()?);
    // Only the plain personality, the question, and no address randomisation (debuggers, sanitizers).
    let personality = [0, 0x0004_0000, 0xffff_ffff].map(|value| condition(0, Ne, value));
    rules.insert(libc::SYS_personality, vec![rule(personality.to_vec())?]);
    compile(rules, libc::EPERM, arch)
}

fn condition(arg: u8, operator: seccompiler::SeccompCmpOp, value: u64) -> Result<SeccompCondition, String> {
    SeccompCondition::new(arg, Dword, operator, value).map_err(|error| error.to_string())
}

fn rule(conditions: Vec<Result<SeccompCondition, String>>) -> Result<SeccompRule, String> {
    let conditions = conditions.into_iter().collect::<Result<_, _>>()?;
    SeccompRule::new(conditions).map_err(|error| error.to_string())
}

fn compile(rules: BTreeMap<i64, Vec<SeccompRule>>, errno: i32, arch: TargetArch) -> Result<BpfProgram, String> {
    let refuse = SeccompAction::Errno(errno.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch)
        .and_then(TryInto::try_into)
        .map_err(|error| error.to_string())
}
