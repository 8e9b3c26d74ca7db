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

struct Pair<'a, T, const N: usize>(&'a [T; N]);

impl<'a, T: Copy, const N: usize> Pair<'a, T, N> {
    #[traced]
    #[track_caller]
    fn first(list: &[T; N]) -> Option<T> {
        list.first().copied()
    }

    #[traced]
    #[track_caller]
    fn of(list: &'a [u8]) -> Option<&'a u8> {
        Some(list.first()?)
    }
}

#[observed]
impl<'a, T: Copy, const N: usize> Pair<'a, T, N> {
    #[track_caller]
    fn last(list: &[T; N]) -> Option<(T, u32)> {
        Some((*list.last()?, Location::caller().line()))
    }

    #[track_caller]
    fn room(list: &[u8]) -> Result<usize, String> {
        N.checked_sub(list.len()).ok_or_else(String::new)?;
        Ok(size_of::<&'a T>())
    }
}

trait Load<T> {
    fn load(key: T) -> Option<(T, u32)>;
    fn place() -> Option<u32>;
}

#[traced]
impl<T: Copy> Load<T> for Shop<T> {
    #[track_caller]
    fn load(key: T) -> Option<(T, u32)> {
        let line = Location::caller().line();
        Some((key, line))
    }

    // Takes nothing from the block around it, and so needs no method beside it.
    #[track_caller]
    fn place() -> Option<u32> {
        Some(Some(Location::caller()).as_ref()?.line())
    }
}

const N: usize = 2;

/// Stands in no `impl` block, and uses a constant that is named like a parameter.
#[traced]
#[track_caller]
fn constant(list: &[u8]) -> Option<[u8; N]> {
    Some([*list.first()?; N])
}

/// What a lint is expected to find is found once.
#[traced]
#[track_caller]
#[expect(unused_variables, clippy::unnecessary_wraps)]
fn expected(list: &[u8]) -> Option<u8> {
    let unused = list.first()?;
    Some(1)
}

mod under_other_names {
    use obs::{counted as second, traced as first};

    #[first]
    #[second]
    #[track_caller]
    pub fn free(text: &str) -> Result<u8, std::num::ParseIntError> {
        Ok(text.parse::<u8>()?)
    }

    pub struct Shop;

    impl Shop {
        #[first]
        #[second]
        #[track_caller]
        pub fn get(&self, text: &str) -> Result<u32, std::num::ParseIntError> {
            text.parse::<u8>()?;
            Ok(std::panic::Location::caller().line())
        }
    }
}

fn main() {
    assert_eq!(Pair::<u8, 1>::first(&[4]), Some(4));
    assert_eq!(Pair::<u8, 1>::of(&[4]), Some(&4));
    assert_eq!(Pair::<u8, 1>::last(&[4]), Some((4, line!())));
    assert!(Pair::<u8, 1>::room(&[4]).is_ok());
    assert_eq!(<Shop<u8> as Load<u8>>::load(4), Some((4, line!())));
    assert_eq!(<Shop<u8> as Load<u8>>::place(), Some(line!()));
    assert_eq!((constant(&[4]), expected(&[])), (Some([4, 4]), None));
    assert!(under_other_names::free("4").is_ok());
    assert_eq!(under_other_names::Shop.get("4").unwrap(), line!());
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
