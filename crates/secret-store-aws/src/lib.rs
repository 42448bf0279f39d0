//! secret-store-aws
