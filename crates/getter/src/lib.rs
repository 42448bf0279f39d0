//! getter
