// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An LRU cache of the crate `lru` for the bench: as many hits in a row of keys as a cache of so many entries has.
use lru::LruCache;
use std::hash::{BuildHasherDefault, Hasher};

/// The hash of the other columns: a product with 2^64 / golden ratio.
#[derive(Default)]
pub struct Golden(u64);
impl Hasher for Golden {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, _bytes: &[u8]) {
        unreachable!("keys are u64")
    }
    fn write_u64(&mut self, key: u64) {
        let product = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        self.0 = product ^ (product >> 32);
    }
}
type Golds = LruCache<u64, u64, BuildHasherDefault<Golden>>;
type Plain = LruCache<u64, u64>;

fn hits<S: std::hash::BuildHasher>(cache: &mut LruCache<u64, u64, S>, keys: &[u64]) -> u64 {
    let mut hits = 0;
    for &key in keys {
        if cache.get(&key).is_some() {
            hits += 1;
        } else {
            cache.put(key, key);
        }
    }
    hits
}

#[no_mangle]
pub extern "C" fn lru_peer_new(entry_count: usize) -> *mut Plain {
    Box::into_raw(Box::new(LruCache::new(entry_count)))
}
/// # Safety
/// The cache is one of lru_peer_new; there are so many keys.
#[no_mangle]
pub unsafe extern "C" fn lru_peer_hits(cache: *mut Plain, keys: *const u64, count: usize) -> u64 {
    hits(&mut *cache, std::slice::from_raw_parts(keys, count))
}
/// With the hash of the other columns, in place of the crate's own.
#[no_mangle]
pub extern "C" fn lru_peer_golden_new(entry_count: usize) -> *mut Golds {
    Box::into_raw(Box::new(LruCache::with_hasher(entry_count, BuildHasherDefault::default())))
}
/// # Safety
/// As lru_peer_hits().
#[no_mangle]
pub unsafe extern "C" fn lru_peer_golden_hits(cache: *mut Golds, keys: *const u64, count: usize) -> u64 {
    hits(&mut *cache, std::slice::from_raw_parts(keys, count))
}
