//! What keys are called.

/// True where shortcuts are pressed with ⌘; everywhere else it is Ctrl. `platform` is what the browser calls the machine.
pub fn is_apple(platform: &str) -> bool {
    ["Mac", "iPhone", "iPad", "iPod"].iter().any(|name| platform.starts_with(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_apples_machines_have_the_command_key() {
        for platform in ["MacIntel", "MacPPC", "iPhone", "iPad"] {
            assert!(is_apple(platform), "{platform}");
        }
        for platform in ["Linux x86_64", "Linux armv8l", "Win32", "FreeBSD amd64", ""] {
            assert!(!is_apple(platform), "{platform}");
        }
    }
}
