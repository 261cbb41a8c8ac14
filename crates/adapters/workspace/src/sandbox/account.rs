//! Who runs untrusted code: ourselves, or when we are root a user that owns nothing else.

use std::process::Command;

use nix::unistd::{User, geteuid};

use crate::SandboxConfig;

/// The unprivileged user of the sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Account {
    /// We are not root and stay who we are.
    Ourselves,
    /// We are root and become this user.
    Other {
        /// User id.
        uid: u32,
        /// Group id.
        gid: u32,
        /// False for `nobody`, who may own other things.
        dedicated: bool,
    },
}

impl Account {
    /// Finds the account, making it when we are root and it is missing.
    pub(super) fn resolve(config: &SandboxConfig) -> Result<Self, String> {
        if !geteuid().is_root() {
            return Ok(Self::Ourselves);
        }
        let name = &config.account;
        if let Some(account) = lookup(name, true)? {
            return Ok(account);
        }
        let made = Command::new("useradd")
            .args(["--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent"])
            .args(["--shell", "/usr/sbin/nologin", "--", name])
            .output();
        // Somebody else may have made it in between: only the account counts.
        if let Some(account) = lookup(name, true)? {
            return Ok(account);
        }
        if !config.require.dedicated_user
            && let Some(account) = lookup("nobody", false)?
        {
            return Ok(account);
        }
        let detail = match made {
            Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
            Err(error) => format!("useradd: {error}"),
        };
        Err(format!("the user {name} does not exist and could not be made ({detail}); make it, or do not run as root"))
    }

    /// User and group to become, if any.
    pub(crate) fn ids(self) -> Option<(u32, u32)> {
        match self {
            Self::Ourselves => None,
            Self::Other { uid, gid, .. } => Some((uid, gid)),
        }
    }
}

fn lookup(name: &str, dedicated: bool) -> Result<Option<Account>, String> {
    let user = User::from_name(name).map_err(|error| format!("the user {name} can not be looked up: {error}"))?;
    match user {
        Some(user) if user.uid.is_root() => Err(format!("the user {name} is root")),
        Some(user) => Ok(Some(Account::Other { uid: user.uid.as_raw(), gid: user.gid.as_raw(), dedicated })),
        None => Ok(None),
    }
}
