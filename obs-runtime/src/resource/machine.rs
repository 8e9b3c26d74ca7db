//! Host and operating system.

use std::env::consts;

use super::container::Container;
use super::{Found, Place};

/// What is known of them.
pub(super) struct Machine {
    name: Option<String>,
    id: Option<String>,
    release: Option<Release>,
}

/// From `os-release(5)`; in a container its image's.
#[derive(Default)]
struct Release {
    description: Option<String>,
    name: Option<String>,
    version: Option<String>,
}

impl Machine {
    pub(super) fn find(place: &Place<'_>, container: &Container) -> Machine {
        let name = place.line("/proc/sys/kernel/hostname").or_else(|| place.line("/etc/hostname"));
        let name = name.or_else(|| place.variable("HOSTNAME")).or_else(|| place.variable("COMPUTERNAME"));
        let release = place.text("/etc/os-release").or_else(|| place.text("/usr/lib/os-release"));
        Machine { name, id: id(place, container), release: release.map(|text| Release::read(&text)) }
    }

    pub(super) fn tell(self, found: &mut Found) {
        found.put_text("host.name", self.name);
        found.put_text("host.id", self.id);
        found.put_text("host.arch", Some(arch(consts::ARCH)));
        found.put_text("os.type", Some(os(consts::OS)));
        let release = self.release.unwrap_or_default();
        found.put_text("os.description", release.description);
        found.put_text("os.name", release.name);
        found.put_text("os.version", release.version);
    }
}

/// `machine-id(5)`, and what FreeBSD has instead. In a container it would be the image's, the same in all of them.
fn id(place: &Place<'_>, container: &Container) -> Option<String> {
    const FILES: [&str; 3] = ["/etc/machine-id", "/var/lib/dbus/machine-id", "/etc/hostid"];
    if container.is_one {
        return None;
    }
    // A machine that was not booted yet has `uninitialized` there.
    FILES.iter().find_map(|file| place.line(file)).filter(|id| id != "uninitialized")
}

/// Returns the convention's word for the architecture.
fn arch(rust: &'static str) -> &'static str {
    match rust {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "arm" => "arm32",
        "powerpc" => "ppc32",
        "powerpc64" => "ppc64",
        other => other,
    }
}

/// Returns the convention's word for the operating system.
fn os(rust: &'static str) -> &'static str {
    match rust {
        "macos" | "ios" => "darwin",
        "dragonfly" => "dragonflybsd",
        "android" => "linux",
        "illumos" => "solaris",
        other => other,
    }
}

impl Release {
    fn read(text: &str) -> Release {
        let value = |key: &str| {
            let line = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
            Some(unquoted(line.trim())).filter(|value| !value.is_empty())
        };
        Release { description: value("PRETTY_NAME"), name: value("NAME"), version: value("VERSION_ID") }
    }
}

/// Takes a shell's quotes away.
fn unquoted(text: &str) -> String {
    let inner = ['"', '\''].iter().find_map(|quote| text.strip_prefix(*quote)?.strip_suffix(*quote));
    let mut out = String::with_capacity(text.len());
    let mut escaped = false;
    for character in inner.unwrap_or(text).chars() {
        if character == '\\' && !escaped {
            escaped = true;
        } else {
            escaped = false;
            out.push(character);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_conventions() {
        assert_eq!([arch("x86_64"), arch("aarch64"), arch("riscv64")], ["amd64", "arm64", "riscv64"]);
        assert_eq!([os("macos"), os("linux"), os("dragonfly")], ["darwin", "linux", "dragonflybsd"]);
    }

    #[test]
    fn a_release_is_read_as_a_shell_would() {
        let text = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME='Odd \\\"one\\\"'\nVERSION_ID=12\nID=debian\n";
        let release = Release::read(text);
        assert_eq!(release.description.as_deref(), Some("Debian GNU/Linux 12 (bookworm)"));
        assert_eq!(release.name.as_deref(), Some("Odd \"one\""));
        assert_eq!(release.version.as_deref(), Some("12"));
        assert!(Release::read("NAME_OF=1\nVERSION_ID=\n").version.is_none());
    }
}
