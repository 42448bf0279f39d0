//! Hands our random source to the RSA crate, which still takes the traits of rand_core 0.6.

use rand::CryptoRng;
use rsa::rand_core::{self, RngCore};

/// A random source of today under the traits of before.
pub(crate) struct OlderRandom<'a, R: ?Sized>(pub(crate) &'a mut R);

impl<R: CryptoRng + ?Sized> RngCore for OlderRandom<'_, R> {
    fn next_u32(&mut self) -> u32 {
        self.0.next_u32()
    }

    fn next_u64(&mut self) -> u64 {
        self.0.next_u64()
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        self.0.fill_bytes(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.0.fill_bytes(bytes);
        Ok(())
    }
}

impl<R: CryptoRng + ?Sized> rand_core::CryptoRng for OlderRandom<'_, R> {}
