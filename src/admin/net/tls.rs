//! Certificates: by authority, by pin, or any.

use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use sha2::{Digest as _, Sha256};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::client::WebPkiServerVerifier;
use tokio_rustls::rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use tokio_rustls::rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    self, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme,
};

use super::options::Tls;

/// The SHA-256 of a certificate. As text `sha256:` and hexadecimal digits; colons between them, as openssl
/// prints them, are read too.
///
/// ```
/// use proxysql_kit::admin::net::Pin;
///
/// let pin = Pin::of(b"not really a certificate");
/// assert_eq!(pin.to_string().len(), "sha256:".len() + 64);
/// assert_eq!(pin.to_string().parse::<Pin>()?, pin);
/// # Ok::<(), proxysql_kit::admin::net::PinError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pin([u8; 32]);

impl Pin {
    /// That of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        Pin(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("sha256:")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// No pin.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("a pin is `sha256:` and 64 hexadecimal digits")]
pub struct PinError;

impl FromStr for Pin {
    type Err = PinError;

    fn from_str(text: &str) -> Result<Self, PinError> {
        let head = text.get(..7).ok_or(PinError)?;
        if !head.eq_ignore_ascii_case("sha256:") {
            return Err(PinError);
        }
        let mut digits = text.bytes().skip(7).filter(|byte| *byte != b':').map(|byte| {
            let digit = char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            digit.ok_or(PinError)
        });
        let mut pin = [0; 32];
        for byte in &mut pin {
            let high = digits.next().ok_or(PinError)??;
            *byte = high << 4 | digits.next().ok_or(PinError)??;
        }
        if digits.next().is_some() { Err(PinError) } else { Ok(Pin(pin)) }
    }
}

/// Certificates of authorities that nodes' certificates must be signed by.
#[derive(Clone)]
pub struct Authorities {
    roots: Arc<RootCertStore>,
    any_name: bool,
}

impl Authorities {
    /// Those of a PEM text.
    ///
    /// # Errors
    /// Where there is none in it, or one that cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|error| TlsError::Authorities(error.to_string()))?;
            roots.add(certificate).map_err(|error| TlsError::Authorities(error.to_string()))?;
        }
        if roots.is_empty() {
            return Err(TlsError::Authorities("there is no certificate in it".to_owned()));
        }
        Ok(Authorities { roots: Arc::new(roots), any_name: false })
    }

    /// Those of a PEM file: `proxysql-ca.pem` in a node's datadir, say.
    ///
    /// # Errors
    /// Where the file cannot be read, and as [`from_pem`](Self::from_pem).
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, TlsError> {
        let path = path.as_ref();
        let pem = std::fs::read(path)
            .map_err(|error| TlsError::Authorities(format!("{}: {error}", path.display())))?;
        Authorities::from_pem(&pem)
    }

    /// Certificates need not be for the name of the host. Those that ProxySQL makes are for none: use it only
    /// with authorities that sign for nothing but your nodes.
    #[must_use]
    pub fn any_name(mut self) -> Self {
        self.any_name = true;
        self
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorities")
            .field("count", &self.roots.len())
            .field("any_name", &self.any_name)
            .finish()
    }
}

/// Why TLS failed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum TlsError {
    /// The certificate is another one.
    #[error("the node's certificate is {found}, and not the pinned {expected}")]
    Pin {
        /// The pin.
        expected: Pin,
        /// What the node showed.
        found: Pin,
    },
    /// No authority that is known has signed the certificate.
    #[error("the node's certificate is signed by none of the given authorities")]
    UnknownIssuer,
    /// The certificate is for another name, or for none.
    #[error("the node's certificate is not for the name `{0}`")]
    Name(String),
    /// The certificate is too old, or not valid yet.
    #[error("the node's certificate is not valid at this time")]
    Time,
    /// The authorities cannot be used.
    #[error("certificates of authorities: {0}")]
    Authorities(String),
    /// Anything else.
    #[error("TLS: {0}")]
    Other(String),
}

impl TlsError {
    /// What to do about it, where something can be said.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            TlsError::Pin { .. } => Some(
                "if the node has got a new certificate, take its pin anew, over a way that you trust; \
                 otherwise somebody may stand in the middle",
            ),
            TlsError::UnknownIssuer => Some(
                "a ProxySQL signs its own certificate unless told otherwise: its authority is \
                 `proxysql-ca.pem` in its datadir; or pin its certificate",
            ),
            TlsError::Name(_) => Some(
                "the certificates that ProxySQL makes are for no name: pin the certificate, or let \
                 certificates of this authority be for any name",
            ),
            _ => None,
        }
    }
}

/// Begins TLS on a connection; gives the pin of the certificate that the node showed.
pub(super) async fn start(
    tls: &Tls,
    host: &str,
    stream: TcpStream,
) -> Result<(Box<TlsStream<TcpStream>>, Option<Pin>), TlsFailure> {
    let provider = Arc::new(ring::default_provider());
    let shown = Arc::new(OnceLock::new());
    let verifier = verifier(tls, &provider, &shown).map_err(TlsFailure::Tls)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TlsFailure::Tls(TlsError::Other(error.to_string())))?
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    let name = server_name(host, &stream);
    match TlsConnector::from(Arc::new(config)).connect(name, stream).await {
        Ok(stream) => {
            let certificates = stream.get_ref().1.peer_certificates();
            let pin = certificates.and_then(<[_]>::first).map(|certificate| Pin::of(certificate));
            Ok((Box::new(stream), pin))
        }
        Err(error) => Err(failure(tls, host, shown.get().copied(), error)),
    }
}

/// Why TLS did not begin.
pub(super) enum TlsFailure {
    Tls(TlsError),
    Io(io::Error),
}

fn failure(tls: &Tls, host: &str, shown: Option<Pin>, error: io::Error) -> TlsFailure {
    if let (Tls::Pin(expected), Some(found)) = (tls, shown)
        && *expected != found
    {
        return TlsFailure::Tls(TlsError::Pin { expected: *expected, found });
    }
    let cause = error.get_ref().and_then(|cause| cause.downcast_ref::<rustls::Error>());
    let Some(cause) = cause else { return TlsFailure::Io(error) };
    TlsFailure::Tls(match cause {
        rustls::Error::InvalidCertificate(reason) => match reason {
            // All authorities that ProxySQL makes have the same name, and keys of their own.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => TlsError::UnknownIssuer,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                TlsError::Name(host.to_owned())
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => TlsError::Time,
            other => TlsError::Other(other.to_string()),
        },
        other => TlsError::Other(other.to_string()),
    })
}

/// The name that goes into the handshake; the address where the host's name cannot.
fn server_name(host: &str, stream: &TcpStream) -> ServerName<'static> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    ServerName::try_from(host.to_owned()).unwrap_or_else(|_| {
        let address = stream.peer_addr().map_or(std::net::Ipv4Addr::LOCALHOST.into(), |peer| peer.ip());
        ServerName::IpAddress(address.into())
    })
}

fn verifier(
    tls: &Tls,
    provider: &Arc<CryptoProvider>,
    shown: &Arc<OnceLock<Pin>>,
) -> Result<Arc<dyn ServerCertVerifier>, TlsError> {
    let rule = match tls {
        Tls::Off | Tls::Prefer | Tls::Insecure => Rule::Any,
        Tls::Pin(pin) => Rule::Pin(*pin),
        Tls::Ca(authorities) => {
            let builder = WebPkiServerVerifier::builder_with_provider(
                Arc::clone(&authorities.roots),
                Arc::clone(provider),
            );
            let web = builder.build().map_err(|error| TlsError::Authorities(error.to_string()))?;
            Rule::Authorities(web, authorities.any_name)
        }
    };
    Ok(Arc::new(Verifier { rule, provider: Arc::clone(provider), shown: Arc::clone(shown) }))
}

/// Judges a certificate; that the other side has its key is proven in any case.
#[derive(Debug)]
struct Verifier {
    rule: Rule,
    provider: Arc<CryptoProvider>,
    /// The certificate that was shown.
    shown: Arc<OnceLock<Pin>>,
}

#[derive(Debug)]
enum Rule {
    Any,
    Pin(Pin),
    /// Whether any name will do.
    Authorities(Arc<WebPkiServerVerifier>, bool),
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let found = Pin::of(end_entity);
        // Nobody else sets it.
        let _ = self.shown.set(found);
        match &self.rule {
            Rule::Any => Ok(ServerCertVerified::assertion()),
            Rule::Pin(pin) if *pin == found => Ok(ServerCertVerified::assertion()),
            Rule::Pin(_) => {
                Err(rustls::Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure))
            }
            Rule::Authorities(web, any_name) => {
                let verified =
                    web.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now);
                match verified {
                    // The name is the last that is looked at: all else is in order.
                    Err(rustls::Error::InvalidCertificate(
                        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
                    )) if *any_name => Ok(ServerCertVerified::assertion()),
                    verified => verified,
                }
            }
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
