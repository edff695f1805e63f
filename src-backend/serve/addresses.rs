//! How many connections each address has.
//!
//! One client must not take all places. Of IPv6 the first 64 bits are one client, since everybody
//! who has an address there has as many.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Connections of an address where nothing else was said.
const DEFAULT: usize = 1024;

/// Counts connections by address. Clones are the same count.
#[derive(Clone, Debug)]
pub(super) struct Addresses {
    /// `None` is the default, which does not hold for this machine's own addresses.
    most: Option<usize>,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The place of one connection, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    address: IpAddr,
    counts: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

impl Addresses {
    pub(super) fn new(most: Option<usize>) -> Self {
        Self {
            most,
            counts: Arc::default(),
        }
    }

    /// A place for one more connection; `None` where the address has as many as it may.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let address = address.to_canonical();
        let most = match self.most {
            Some(most) => most,
            None if address.is_loopback() => usize::MAX,
            None => DEFAULT,
        };
        let address = client(address);
        let mut counts = lock(&self.counts);
        let count = counts.entry(address).or_default();
        if *count >= most {
            return None;
        }
        *count += 1;
        Some(Place {
            address,
            counts: Arc::clone(&self.counts),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counts = lock(&self.counts);
        if let Some(count) = counts.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.address);
            }
        }
    }
}

fn client(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(address) => {
            let prefix = address.to_bits() >> 64 << 64;
            Ipv6Addr::from_bits(prefix).into()
        }
    }
}

/// A count is whole between any two statements.
fn lock(counts: &Mutex<HashMap<IpAddr, usize>>) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
    counts.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_so_many_connections_and_gets_a_place_back() {
        let addresses = Addresses::new(Some(2));
        let enter = |text: &str| addresses.enter(text.parse().unwrap());
        let places = [enter("192.0.2.1"), enter("::ffff:192.0.2.1")];
        assert!(places.iter().all(Option::is_some));
        assert!(enter("192.0.2.1").is_none());
        assert!(enter("192.0.2.2").is_some());
        drop(places);
        assert!(enter("192.0.2.1").is_some());
        let _network = [enter("2001:db8::1"), enter("2001:db8::2")];
        assert!(enter("2001:db8::3:4").is_none(), "it is the same network");
        assert!(enter("2001:db8:0:1::1").is_some());
    }

    #[test]
    fn this_machines_own_programs_are_not_counted_unless_somebody_says_so() {
        let addresses = Addresses::new(None);
        let enter = |text: &str| addresses.enter(text.parse().unwrap());
        let own: Vec<_> = (0..2 * DEFAULT).map(|_| enter("127.0.0.1")).collect();
        assert!(own.iter().all(Option::is_some));
        let others: Vec<_> = (0..DEFAULT).map(|_| enter("192.0.2.1")).collect();
        assert!(others.iter().all(Option::is_some));
        assert!(enter("192.0.2.1").is_none());
        let addresses = Addresses::new(Some(0));
        assert!(addresses.enter("::1".parse().unwrap()).is_none());
    }
}
