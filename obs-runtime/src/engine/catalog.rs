//! What the linker gathers: the statics of all annotations, wherever in the program they stand.
//!
//! Each is put into a section of its kind, and the linker lays the sections of all object files together. That needs no
//! code before `main`, and works on the platforms whose linkers tell where a section begins and ends: ELF by
//! `__start_` and `__stop_`, Mach-O by `section$start` and `section$end`, COFF by sorting sections by what follows the `$`.
//!
//! The sections' names hold the version, as two versions of this crate may be in one program and lay their statics out
//! differently; a test compares them.

use crate::callsite::{Callsite, Entry};

#[cfg(not(any(
    feature = "off",
    target_vendor = "apple",
    target_os = "windows",
    target_os = "linux",
    target_os = "android",
    target_os = "freebsd",
    target_os = "netbsd",
    target_os = "openbsd",
    target_os = "dragonfly",
    target_os = "fuchsia",
)))]
compile_error!(
    "`obs` finds annotations through sections of the linker, which are not known for this target; \
     turn the feature `off` on for it"
);

/// Declares a section of statics of one type, and a function that returns them.
macro_rules! section {
    (
        $function:ident -> [$Type:ty],
        elf $elf:literal $elf_start:literal $elf_stop:literal,
        macho $macho:literal $macho_start:literal $macho_stop:literal,
        coff $coff_start:literal $coff_stop:literal
    ) => {
        /// Returns the statics of the whole program, in the linker's order.
        #[cfg(not(feature = "off"))]
        #[allow(unsafe_code)] // sections of the linker
        pub(crate) fn $function() -> &'static [$Type] {
            #[cfg(not(target_os = "windows"))]
            let (start, stop) = {
                #[allow(improper_ctypes)] // names of places; nothing foreign reads them
                unsafe extern "C" {
                    #[cfg_attr(target_vendor = "apple", link_name = $macho_start)]
                    #[cfg_attr(not(target_vendor = "apple"), link_name = $elf_start)]
                    static START: [$Type; 0];
                    #[cfg_attr(target_vendor = "apple", link_name = $macho_stop)]
                    #[cfg_attr(not(target_vendor = "apple"), link_name = $elf_stop)]
                    static STOP: [$Type; 0];
                }
                // The section must be there, or nothing tells where it begins.
                #[used]
                #[cfg_attr(target_vendor = "apple", unsafe(link_section = $macho))]
                #[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = $elf))]
                static PLACE: [$Type; 0] = [];
                ((&raw const START).cast::<$Type>(), (&raw const STOP).cast::<$Type>())
            };
            #[cfg(target_os = "windows")]
            let (start, stop) = {
                #[unsafe(link_section = $coff_start)]
                static START: [$Type; 0] = [];
                #[unsafe(link_section = $coff_stop)]
                static STOP: [$Type; 0] = [];
                ((&raw const START).cast::<$Type>(), (&raw const STOP).cast::<$Type>())
            };
            let bytes = stop.addr().saturating_sub(start.addr());
            // SAFETY: between the two places lie statics of this type and nothing else: the section's name is only
            // used by the macro that declares them and tells the version of their layout. All have the size and the
            // alignment of the type, so that they lie without gaps; they are initialised, and live as long as the
            // program.
            unsafe { std::slice::from_raw_parts(start, bytes / size_of::<$Type>()) }
        }

        /// Returns nothing: no annotation leaves a static.
        #[cfg(feature = "off")]
        pub(crate) fn $function() -> &'static [$Type] {
            &[]
        }
    };
}

section! {
    functions -> [Callsite],
    elf "obs_sites_0_1" "__start_obs_sites_0_1" "__stop_obs_sites_0_1",
    macho "__DATA,obs_sites_0_1,regular,no_dead_strip"
        "\x01section$start$__DATA$obs_sites_0_1" "\x01section$end$__DATA$obs_sites_0_1",
    coff ".obs_sites_0_1$a" ".obs_sites_0_1$c"
}

section! {
    entries -> [Entry],
    elf "obs_items_0_1" "__start_obs_items_0_1" "__stop_obs_items_0_1",
    macho "__DATA,obs_items_0_1,regular,no_dead_strip"
        "\x01section$start$__DATA$obs_items_0_1" "\x01section$end$__DATA$obs_items_0_1",
    coff ".obs_items_0_1$a" ".obs_items_0_1$c"
}

/// Puts an [`Entry`] that is no annotated function into the catalog: the macro that generated code calls.
#[doc(hidden)]
#[macro_export]
macro_rules! __obs_entry {
    ($kind:ident, $item:expr) => {
        #[used]
        #[cfg_attr(
            target_vendor = "apple",
            unsafe(link_section = "__DATA,obs_items_0_1,regular,no_dead_strip")
        )]
        #[cfg_attr(target_os = "windows", unsafe(link_section = ".obs_items_0_1$b"))]
        #[cfg_attr(
            not(any(target_vendor = "apple", target_os = "windows")),
            unsafe(link_section = "obs_items_0_1")
        )]
        static __OBS_ENTRY: $crate::__private::Entry = $crate::__private::Entry::$kind($item);
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_sections_are_named_by_the_version_of_their_layout() {
        let version = concat!("_", env!("CARGO_PKG_VERSION_MAJOR"), "_", env!("CARGO_PKG_VERSION_MINOR"));
        for source in [include_str!("catalog.rs"), include_str!("../callsite.rs")] {
            for name in ["obs_sites", "obs_items"] {
                for rest in source.split(&format!("{name}_")).skip(1) {
                    let named = rest.starts_with(&version[1..]);
                    assert!(named, "`{name}` is not followed by `{version}`");
                }
            }
        }
    }
}
