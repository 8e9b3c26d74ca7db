#![deny(warnings, clippy::pedantic)]
#![allow(clippy::unnecessary_wraps, clippy::needless_pass_by_value)]

use std::panic::Location;

use obs::{observed, traced};

#[traced(fields(text))]
#[track_caller]
fn free<T: Default>(text: &str, _: u8, mut list: Vec<u8>) -> Result<(u32, T), std::num::ParseIntError> {
    list.push(text.parse()?);
    Ok((Location::caller().line(), T::default()))
}

#[observed]
#[track_caller]
fn in_place(early: bool) -> u32 {
    if early {
        return Location::caller().line();
    }
    Location::caller().line()
}

/// Panics.
#[traced]
#[track_caller]
#[cold]
fn never(text: &str) -> ! {
    panic!("{text}")
}

#[traced]
#[track_caller]
fn nothing() {}

#[traced]
#[track_caller]
unsafe fn raw(pointer: *const u8) -> Option<(u8, u32)> {
    (!pointer.is_null()).then(|| (unsafe { *pointer }, 0))
}

struct Shop<T>(T);

impl<T: Copy> Shop<T> {
    #[traced]
    #[track_caller]
    #[must_use]
    pub fn get(&self, _pair: (u8, u8)) -> Option<(T, u32)> {
        Some((self.0, Location::caller().line()))
    }

    #[track_caller]
    #[traced]
    fn change(&mut self, value: T) -> Result<&mut T, String> {
        self.0 = value;
        Ok(&mut self.0)
    }

    #[traced]
    #[track_caller]
    fn make(value: T) -> Result<Self, String> {
        Ok(Shop(value))
    }
}

impl<T> Drop for Shop<T> {
    #[traced]
    #[track_caller]
    fn drop(&mut self) {}
}

fn main() {
    assert_eq!(free::<u8>("1", 2, vec![]).unwrap(), (line!(), 0));
    assert!(free::<u8>("x", 2, vec![]).is_err());
    assert_eq!([in_place(true), in_place(false)], [line!(); 2]);
    assert!(std::panic::catch_unwind(|| never("gone")).is_err());
    nothing();
    assert!(unsafe { raw(&raw const *&3) }.is_some());
    let mut shop = Shop::make(1).unwrap();
    *shop.change(2).unwrap() += 1;
    assert_eq!(shop.get((1, 2)).unwrap(), (3, line!()));
}
