//! What a command can not do.

use devos_contracts::run::{Limits, RunEnd};

use crate::scene::{Scene, can_sandbox, config, plan, small};

/// Runs commands in one script; every one of them must fail.
async fn all_fail(scene: &Scene, commands: &[&str]) {
    let name = |command: &str| command.replace(['"', '$', '`', '\\'], "_");
    let checks = commands.iter().map(|command| format!("if {command}; then echo \"ESCAPED: {}\"; fi", name(command)));
    let script = checks.collect::<Vec<_>>().join("\n");
    let outcome = scene.script(&format!("{script}\necho finished")).await;
    assert!(outcome.output.ends_with("finished\n"), "{}", outcome.output);
    assert!(!outcome.output.contains("ESCAPED"), "{}", outcome.output);
}

#[tokio::test]
async fn there_is_no_network() {
    if !can_sandbox() {
        return;
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let scene = Scene::new();
    let connect = format!("bash -c 'exec 3<>/dev/tcp/127.0.0.1/{port}' 2>/dev/null");
    all_fail(
        &scene,
        &[&connect, "bash -c 'exec 3<>/dev/tcp/192.0.2.1/80' 2>/dev/null", "test -S /run/devos/proxy/socket"],
    )
    .await;
    let interfaces = scene.script("cat /proc/net/dev").await.output;
    let names: Vec<_> =
        interfaces.lines().filter_map(|line| line.split_once(':')).map(|(name, _)| name.trim()).collect();
    assert_eq!(names, ["lo"], "{interfaces}");
    // Tests that talk to themselves work.
    let own = "import socket\ns = socket.create_server(('127.0.0.1', 0))\nsocket.create_connection(s.getsockname())\nprint('ok')";
    let own = scene.script(&format!("python3 -c \"{own}\"")).await;
    assert_eq!(own.output, "ok\n");
}

#[tokio::test]
async fn the_system_and_the_checkout_cache_are_read_only() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let places = ["/", "/usr", "/etc", "/dev", "/run", "/run/devos", "/run/devos/source", "/proc", "/home", "/var"];
    let writes: Vec<_> = places.iter().map(|place| format!("touch {place}/x 2>/dev/null")).collect();
    let mut commands: Vec<&str> = writes.iter().map(String::as_str).collect();
    commands.extend([
        "chmod 777 /run/devos/source 2>/dev/null",
        "chmod u+w /run/devos/source/tracked.txt 2>/dev/null",
        "mount -t tmpfs none /tmp 2>/dev/null",
        "mount -o remount,rw / 2>/dev/null",
        "umount /workspace 2>/dev/null",
        "unshare -Ur true 2>/dev/null",
        "unshare -m true 2>/dev/null",
        "mknod /tmp/kmsg c 1 11 2>/dev/null",
        "cat /dev/kmsg 2>/dev/null",
        "ls /run/devos/private/* 2>/dev/null",
        "test -e /run/devos/unpacked",
        // Only Landlock stands in this one's way.
        "sh -c 'echo x > /proc/self/comm' 2>/dev/null",
        "sh -c 'echo 1 > /proc/sys/kernel/core_pattern' 2>/dev/null",
        "su -c true 2>/dev/null",
        "grep -qv 0000000000000000 /proc/self/status --include=Cap 2>/dev/null && grep -q 'CapEff:.*[1-9a-f]' /proc/self/status",
        "grep -q 'NoNewPrivs:.*0' /proc/self/status",
        "grep -q 'Seccomp:.*0$' /proc/self/status",
    ]);
    all_fail(&scene, &commands).await;
    let shared = scene.script("cat tracked.txt; echo changed > tracked.txt; cat /run/devos/source/tracked.txt").await;
    assert_eq!(shared.output, "trackedtracked");
}

#[tokio::test]
async fn nothing_of_the_host_is_seen() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let secret = scene.directory.path().join("secret");
    std::fs::write(&secret, "secret").unwrap();
    let (secret, mirrors) =
        (secret.display().to_string(), scene.directory.path().join("mirrors").display().to_string());
    let home = std::env::home_dir().unwrap().display().to_string();
    all_fail(
        &scene,
        &[
            &format!("cat {secret} 2>/dev/null"),
            &format!("ls {mirrors} 2>/dev/null"),
            &format!("ls {home}/.ssh {home}/.cargo/credentials.toml {home}/.netrc 2>/dev/null"),
            &format!("kill -0 {}", std::process::id()),
            &format!("test -d /proc/{}", std::process::id()),
            "ls /mnt/0 2>/dev/null",
            "cat /etc/shadow 2>/dev/null",
            "test -e /etc/hostname",
            "ls /sys/kernel 2>/dev/null",
            "ls /dev/vd* /dev/sd* /dev/nvme* 2>/dev/null | grep -q .",
            "ls -A $HOME | grep -q .",
            "ls -A /tmp | grep -q .",
            "ls -A $DEVOS_OUT | grep -q .",
        ],
    )
    .await;
    let who = scene.script("id -u; id -g; hostname; ls /home; wc -l < /etc/passwd").await.output;
    assert_eq!(who, "1000\n1000\nsandbox\ndevos\n2\n");
    let processes = scene.script("ls /proc | grep '^[0-9]' | wc -l").await.output;
    assert!(processes.trim().parse::<u32>().unwrap() < 8, "{processes}");
}

#[tokio::test]
async fn the_environment_is_made_from_nothing() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let output = scene.script("env | cut -d= -f1 | sort").await.output;
    let known = [
        "CI",
        "DEVOS_OUT",
        "HOME",
        "LANG",
        "LOGNAME",
        "PATH",
        "PWD",
        "PYENV_ROOT",
        "RUSTUP_HOME",
        "SHELL",
        "SHLVL",
        "TMPDIR",
        "TZ",
        "USER",
        "_",
        "OLDPWD",
    ];
    for name in output.lines() {
        assert!(known.contains(&name), "{name} comes from the host");
    }
}

#[tokio::test]
async fn a_fork_bomb_is_bounded() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let limits = Limits { wall_seconds: 5, processes: 32, ..small() };
    let bomb = "python3 -c \"
import os, time
n = 0
try:
    while True:
        if os.fork() == 0:
            time.sleep(100)
        n += 1
except OSError:
    print('forked', n, flush=True)
\"";
    let command = scene.script_within(bomb, limits).await;
    let forked: u32 = command.output.trim().rsplit(' ').next().unwrap().parse().unwrap();
    assert!((8..=40).contains(&forked), "{}", command.output);
    let endless = scene.script_within("f() { f | f & }; f; sleep 100", Limits { wall_seconds: 2, ..limits }).await;
    assert!(matches!(endless.end, RunEnd::TimedOut | RunEnd::Exited { .. }), "{:?}", endless.end);
}

#[tokio::test]
async fn memory_is_bounded() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let limits = Limits { memory_bytes: 256 << 20, ..small() };
    let command = scene.script_within("python3 -c 'x = bytearray(1 << 30)' 2>&1 | tail -1", limits).await;
    assert_eq!(command.output, "MemoryError\n");
}

#[tokio::test]
async fn memory_of_a_whole_run_is_bounded_where_control_groups_are_ours() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    if !devos_workspace::probe(&config(scene.directory.path())).await.memory_limit {
        println!("SKIPPED: no control groups here, so only each process is bounded");
        return;
    }
    let limits = Limits { memory_bytes: 128 << 20, disk_bytes: 16 << 20, ..small() };
    // Four processes, each of them within its own limit.
    let hoard = "python3 -c '
import os, time
for n in range(4):
    if os.fork() == 0:
        x = bytearray(90 << 20)
        time.sleep(100)
os.wait()
print(\"one was killed\", flush=True)'";
    let command = scene.script_within(hoard, limits).await;
    assert!(command.out_of_memory && command.output.contains("one was killed"), "{command:?}");
    assert!(command.end.is_success(), "it went on without that process: {command:?}");
    let command = scene.script_within(&format!("{hoard}; exit 1"), limits).await;
    assert!(command.out_of_memory, "{command:?}");
    assert_eq!(command.end, RunEnd::Signaled { signal: 9 }, "{command:?}");
    let command = scene.script_within("exit 1", limits).await;
    assert_eq!((command.out_of_memory, command.end), (false, RunEnd::Exited { code: 1 }));
}

#[tokio::test]
async fn results_can_not_be_forged() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let lie = r#"{"command":{"end":{"end":"exited","code":0},"duration_ms":1,"sha256":"","total_bytes":0,"length":0}}"#;
    let script = format!(
        "for pid in 1 $PPID; do for fd in 0 1 2 3 4 5 6 7 8 9; do
           echo '{lie}' > /proc/$pid/fd/$fd && echo ESCAPED
         done; done 2>/dev/null
         echo '{lie}'; echo '{lie}' >&2; ls -l /proc/1/fd 2>&1 | grep -q pipe && echo ESCAPED
         kill -9 1; kill -STOP 1; dd if=/proc/1/mem of=/dev/null count=1 2>/dev/null && echo ESCAPED
         exit 7"
    );
    let commit = scene.commit("one", &[("a", Some("a"))]).await;
    let outcome = scene.run(plan(&commit, &[&script])).await;
    assert_eq!(outcome.commands.len(), 1);
    assert_eq!(outcome.commands[0].end, RunEnd::Exited { code: 7 });
    assert!(!outcome.commands[0].output.contains("ESCAPED"), "{}", outcome.commands[0].output);
}

#[tokio::test]
async fn exotic_system_calls_are_refused() {
    if !can_sandbox() {
        return;
    }
    let scene = Scene::new();
    let script = r#"python3 -c "
import ctypes, socket, platform
libc = ctypes.CDLL(None, use_errno=True)
def call(number, *args):
    ctypes.set_errno(0)
    return libc.syscall(number, *args), ctypes.get_errno()
x86 = platform.machine() == 'x86_64'
named = {'io_uring_setup': 425, 'open_tree': 428, 'fsopen': 430, 'pidfd_getfd': 438, 'mount_setattr': 442}
if x86:
    named.update(ptrace=101, bpf=321, keyctl=250, userfaultfd=323, perf_event_open=298, unshare=272, setns=308, mount=165)
for name, number in named.items():
    print(name, call(number, 0, 0, 0, 0, 0) == (-1, 1))
print('clone3', call(435, 0, 0) == (-1, 38))
print('future', call(9999, 0) == (-1, 38))
if x86:
    print('x32', call(0x40000000 + 39) == (-1, 38))
for family in (40, 17, 21, 38, 31):
    try:
        socket.socket(family, socket.SOCK_STREAM)
        print('family', family, False)
    except PermissionError:
        print('family', family, True)
try:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    print('netfilter', False)
except PermissionError:
    print('netfilter', True)
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
import threading
threading.Thread(target=print, args=('threads', True)).start()
""#;
    let command = scene.script(script).await;
    assert!(command.end.is_success(), "{}", command.output);
    assert!(command.output.lines().count() >= 14, "{}", command.output);
    for line in command.output.lines() {
        assert!(line.ends_with("True"), "{line}\n{}", command.output);
    }
}
