//! secret-store
