//! Which chains are trusted, and when the machine's certificates are read.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::CertificateError;
use sha2::{Digest, Sha256};

use super::*;

/// SHA-256 of each root's Subject Public Key Information, in the order of [`AMAZON`], as Amazon Trust Services publishes them
/// (<https://www.amazontrust.com/repository/>, seen on 2026-11-27).
const PUBLISHED: [&str; 5] = [
    "fbe3018031f9586bcbf41727e417b7d1c45c2f47f93be372a17b96b50757d5a2",
    "7f4296fc5b6a4e3b35d3c369623e364ab1af381d8fa7121533c9d6c633ea2461",
    "36abc32656acfc645c61b71613c4bf21c787f5cabbee48348d58597803d7abc9",
    "f7ecded5c66047d28ed6466b543c40e0743abe81d109254dcf845d4c2c7853c5",
    "2b071c59a0a0ae76b0eadb2bad23bad4580b69c3601b630c2eaf0613afa83f92",
];

/// The DER text of a SEQUENCE of this content, whose tag and length rustls leaves out.
fn sequence(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    let head = match length {
        ..=0x7f => vec![0x30, low],
        0x80..=0xff => vec![0x30, 0x81, low],
        _ => vec![0x30, 0x82, high, low],
    };
    [head, content.to_vec()].concat()
}

#[test]
fn the_built_in_roots_are_those_that_amazon_publishes() {
    let digests = roots().roots.into_iter().map(|root| {
        let digest = Sha256::digest(sequence(&root.subject_public_key_info));
        digest.iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    });
    assert_eq!(digests.collect::<Vec<_>>(), PUBLISHED);
}

/// A certificate authority.
struct Authority {
    params: CertificateParams,
    issuer: Issuer<'static, KeyPair>,
    root: CertificateDer<'static>,
}

impl Authority {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let (key, mut params) = (KeyPair::generate().unwrap(), CertificateParams::default());
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, format!("authority {}", NUMBER.fetch_add(1, SeqCst)));
        let root = params.self_signed(&key).unwrap().der().clone();
        Self { params: params.clone(), issuer: Issuer::new(params, key), root }
    }

    fn store(&self) -> RootCertStore {
        let mut store = RootCertStore::empty();
        store.add(self.root.clone()).unwrap();
        store
    }

    /// A server's certificate.
    fn server(&self) -> CertificateDer<'static> {
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.signed_by(&KeyPair::generate().unwrap(), &self.issuer).unwrap().der().clone()
    }

    /// The certificate of another authority's key, by this one; it has expired.
    fn expired_cross_sign(&self, other: &Self) -> CertificateDer<'static> {
        let mut params = other.params.clone();
        (params.not_before, params.not_after) = (date_time_ymd(2001, 1, 1), date_time_ymd(2002, 1, 1));
        params.signed_by(other.issuer.key(), &self.issuer).unwrap().der().clone()
    }
}

/// What is said of a chain by a verifier that has one authority built in and reads the other, and how often it was read.
fn verdict(
    built_in: &Authority,
    others: RootCertStore,
    chains: &[(CertificateDer<'static>, Vec<CertificateDer<'static>>)],
) -> (Vec<Result<(), Error>>, usize) {
    let read = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&read);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let read_others = move || {
        count.fetch_add(1, SeqCst);
        others.clone()
    };
    let verifier = AmazonFirst::new(built_in.store(), provider, read_others).unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let verify = |(server, chain): &(_, Vec<_>)| {
        verifier.verify_server_cert(server, chain, &name, &[], UnixTime::now()).map(drop)
    };
    let verdicts = chains.iter().map(verify).collect();
    (verdicts, read.load(SeqCst))
}

#[test]
fn the_machines_certificates_are_read_once_and_only_for_a_chain_that_ends_elsewhere() {
    let (amazon, other) = (Authority::new(), Authority::new());
    let [by_amazon, by_other] = [&amazon, &other].map(|authority| (authority.server(), Vec::new()));
    let chains = [by_amazon.clone(), by_amazon.clone()];
    assert_eq!(verdict(&amazon, other.store(), &chains), (vec![Ok(()); 2], 0));
    let chains = [by_other.clone(), by_amazon, by_other];
    assert_eq!(verdict(&amazon, other.store(), &chains), (vec![Ok(()); 3], 1));
}

#[test]
fn a_chain_that_neither_has_signed_is_refused_also_where_the_machine_has_none() {
    let stranger = (Authority::new().server(), Vec::new());
    for others in [Authority::new().store(), RootCertStore::empty()] {
        let (verdicts, _) = verdict(&Authority::new(), others, std::slice::from_ref(&stranger));
        assert_eq!(verdicts, [Err(Error::InvalidCertificate(CertificateError::UnknownIssuer))]);
    }
}

#[test]
fn a_path_to_a_built_in_root_that_has_expired_falls_back_to_the_machines() {
    let (amazon, other) = (Authority::new(), Authority::new());
    let chain = (other.server(), vec![amazon.expired_cross_sign(&other)]);
    let chain = std::slice::from_ref(&chain);
    assert_eq!(verdict(&amazon, other.store(), chain), (vec![Ok(())], 1));
    let (verdicts, _) = verdict(&amazon, RootCertStore::empty(), chain);
    let expired = |verdict: &Result<(), Error>| format!("{verdict:?}").contains("Expired");
    assert!(verdicts.iter().all(expired), "{verdicts:?}");
}
