//! The beginning of a conversation: the server's greeting, the client's answer, and passwords.

use std::fmt;

use mysql_common::auth::plugins::caching_sha2_password::scramble_sha256;
use mysql_common::auth::plugins::mysql_native_password::scramble_native;
use mysql_common::constants::CapabilityFlags;
use mysql_common::io::BufMutExt as _;
use zeroize::Zeroize;

use super::error::{Foreign, WireError};
use super::read::Reader;
use crate::schema::{REDACTED, Secret, Text};

/// How many random bytes a server challenges with.
pub(super) const NONCE: usize = 20;

/// A password. It is not shown, and its memory is overwritten when it goes.
///
/// ```
/// use proxysql_kit::admin::Password;
///
/// assert_eq!(format!("{:?}", Password::from("pass")), "***");
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Password(Vec<u8>);

impl Password {
    /// The password itself.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Whether it is empty.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Vec<u8>> for Password {
    fn from(password: Vec<u8>) -> Self {
        Password(password)
    }
}

impl From<String> for Password {
    fn from(password: String) -> Self {
        Password(password.into_bytes())
    }
}

impl From<&str> for Password {
    fn from(password: &str) -> Self {
        Password(password.into())
    }
}

impl From<&Secret> for Password {
    fn from(password: &Secret) -> Self {
        Password(password.expose().as_bytes().into())
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(REDACTED)
    }
}

/// A way of login.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthPlugin {
    /// `mysql_native_password`: proofs made of SHA-1.
    #[default]
    NativePassword,
    /// `caching_sha2_password`: proofs made of SHA-256; the server may ask for the password itself.
    CachingSha2Password,
    /// `mysql_clear_password`: the password itself.
    ClearPassword,
}

impl AuthPlugin {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            AuthPlugin::NativePassword => "mysql_native_password",
            AuthPlugin::CachingSha2Password => "caching_sha2_password",
            AuthPlugin::ClearPassword => "mysql_clear_password",
        }
    }

    /// The one of a name.
    pub fn from_name(name: &[u8]) -> Option<Self> {
        let all = [AuthPlugin::NativePassword, AuthPlugin::CachingSha2Password, AuthPlugin::ClearPassword];
        all.into_iter().find(|plugin| plugin.name().as_bytes() == name)
    }

    /// What proves that somebody has the password.
    pub(super) fn proof(self, password: &[u8], nonce: &[u8; NONCE]) -> Vec<u8> {
        match self {
            AuthPlugin::NativePassword => {
                scramble_native(nonce, password).map_or_else(Vec::new, |proof| proof.to_vec())
            }
            AuthPlugin::CachingSha2Password => {
                scramble_sha256(nonce, password).map_or_else(Vec::new, |proof| proof.to_vec())
            }
            AuthPlugin::ClearPassword => [password, &[0]].concat(),
        }
    }
}

/// The challenge as it stands in a packet, with or without a NUL behind it.
pub(super) fn nonce(bytes: &[u8]) -> Option<[u8; NONCE]> {
    match bytes {
        [nonce @ .., 0] if nonce.len() == NONCE => nonce.try_into().ok(),
        nonce => nonce.try_into().ok(),
    }
}

/// How a server introduces itself.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Greeting {
    /// What it calls its version. ProxySQL says what mysql-server_version tells it to, not its own.
    pub version: Text,
    /// The number of the connection.
    pub connection_id: u32,
    /// MySQL's capability flags.
    pub capabilities: u32,
    /// The number of the character set.
    pub charset: u8,
    /// MySQL's status flags.
    pub status: u16,
    /// The way of login that it prefers; empty where it says nothing.
    pub plugin: Text,
    pub(super) nonce: [u8; NONCE],
}

impl Greeting {
    /// Whether it offers TLS.
    pub fn has_tls(&self) -> bool {
        self.offers(CapabilityFlags::CLIENT_SSL)
    }

    pub(super) fn offers(&self, flag: CapabilityFlags) -> bool {
        self.capabilities & flag.bits() != 0
    }

    pub(super) fn read(payload: &[u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new("greeting", payload);
        match reader.u8("a protocol version")? {
            10 => {}
            9 => return Err(WireError::OldProtocol { version: 9 }),
            11 if payload.len() < 64 => return Err(WireError::NotMysql(Foreign::XProtocol)),
            _ => return Err(WireError::NotMysql(Foreign::Unknown)),
        }
        let version = reader.nul_text("the server's version, and a NUL")?.into();
        let connection_id = reader.u32("a connection id")?;
        let first = reader.bytes(8, "8 bytes of challenge")?;
        reader.u8("a filler")?;
        let low = reader.u16("capabilities")?;
        let charset = reader.u8("a character set")?;
        let status = reader.u16("status flags")?;
        let high = reader.u16("more capabilities")?;
        let capabilities = u32::from(high) << 16 | u32::from(low);
        if capabilities & CapabilityFlags::CLIENT_PROTOCOL_41.bits() == 0
            || capabilities & CapabilityFlags::CLIENT_SECURE_CONNECTION.bits() == 0
        {
            return Err(reader.malformed("the capabilities of MySQL 4.1 and later"));
        }
        let len = usize::from(reader.u8("the length of the challenge")?);
        reader.bytes(10, "10 reserved bytes")?;
        let second = reader.bytes(len.saturating_sub(8).max(13), "the rest of the challenge")?;
        let challenge = [first, second].concat();
        let nonce = nonce(&challenge).ok_or_else(|| reader.malformed("a challenge of 20 bytes"))?;
        let plugin = match capabilities & CapabilityFlags::CLIENT_PLUGIN_AUTH.bits() {
            0 => Text::default(),
            // Some servers forget the NUL.
            _ => reader.rest().split(|byte| *byte == 0).next().unwrap_or_default().into(),
        };
        Ok(Greeting { version, connection_id, capabilities, charset, status, plugin, nonce })
    }

    pub(super) fn write(&self, packet: &mut Vec<u8>) {
        let (first, second) = self.nonce.split_at(8);
        let [low, low2, high, high2] = self.capabilities.to_le_bytes();
        let [status, status2] = self.status.to_le_bytes();
        packet.push(10);
        packet.extend_from_slice(self.version.as_bytes());
        packet.push(0);
        packet.extend_from_slice(&self.connection_id.to_le_bytes());
        packet.extend_from_slice(first);
        packet.extend_from_slice(&[0, low, low2, self.charset, status, status2, high, high2, 21]);
        packet.extend_from_slice(&[0; 10]);
        packet.extend_from_slice(second);
        packet.push(0);
        packet.extend_from_slice(self.plugin.as_bytes());
        packet.push(0);
    }
}

impl fmt::Debug for Greeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Greeting")
            .field("version", &self.version)
            .field("connection_id", &self.connection_id)
            .field("capabilities", &format_args!("{:#010x}", self.capabilities))
            .field("charset", &self.charset)
            .field("status", &self.status)
            .field("plugin", &self.plugin)
            .finish_non_exhaustive()
    }
}

/// What the first bytes of a server are, where they are no greeting. A greeting is short, and its packet is
/// number 0.
pub(super) fn foreign(bytes: &[u8]) -> Option<Foreign> {
    let start = bytes.get(..4)?;
    // What a server that refuses at once sends is MySQL, whatever its number is.
    if bytes.get(4).is_none_or(|first| *first == 0xff) && start[2] == 0 && start[3] < 4 {
        return None;
    }
    Some(match start {
        b"HTTP" => Foreign::Http,
        b"SSH-" => Foreign::Ssh,
        [0x14..=0x17, 3, 0..=4, _] => Foreign::Tls,
        [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', b' ' | b'-'] | [b'+' | b'-' | b'*', ..] => Foreign::Lines,
        [_, _, 0, 0] => return None,
        text if text.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\r' | b'\n')) => Foreign::Lines,
        _ => Foreign::Unknown,
    })
}

/// What a client says of itself: `SSLRequest`, which ends before the user, or
/// `HandshakeResponse41`.
pub(super) struct Response<'a> {
    pub(super) capabilities: u32,
    pub(super) max_packet: u32,
    pub(super) charset: u8,
    pub(super) user: &'a [u8],
    pub(super) proof: &'a [u8],
    pub(super) database: &'a [u8],
    pub(super) plugin: &'a [u8],
    pub(super) attributes: Vec<(&'a [u8], &'a [u8])>,
}

impl<'a> Response<'a> {
    fn has(&self, flag: CapabilityFlags) -> bool {
        self.capabilities & flag.bits() != 0
    }

    pub(super) fn write_head(&self, packet: &mut Vec<u8>) {
        packet.extend_from_slice(&self.capabilities.to_le_bytes());
        packet.extend_from_slice(&self.max_packet.to_le_bytes());
        packet.push(self.charset);
        packet.extend_from_slice(&[0; 23]);
    }

    /// `writes_attributes`: whether the other side reads them, whatever the capabilities say.
    pub(super) fn write(&self, writes_attributes: bool, packet: &mut Vec<u8>) {
        self.write_head(packet);
        packet.extend_from_slice(self.user);
        packet.push(0);
        packet.put_lenenc_str(self.proof);
        if self.has(CapabilityFlags::CLIENT_CONNECT_WITH_DB) {
            packet.extend_from_slice(self.database);
            packet.push(0);
        }
        packet.extend_from_slice(self.plugin);
        packet.push(0);
        if writes_attributes {
            let mut attributes = Vec::new();
            for (name, value) in &self.attributes {
                attributes.put_lenenc_str(name);
                attributes.put_lenenc_str(value);
            }
            packet.put_lenenc_str(&attributes);
        }
    }

    /// Whether it is `SSLRequest`: nothing but the head.
    pub(super) fn is_tls_request(payload: &[u8]) -> bool {
        let flags = payload.get(..4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_le_bytes);
        payload.len() == 32 && flags.is_some_and(|flags| flags & CapabilityFlags::CLIENT_SSL.bits() != 0)
    }

    pub(super) fn read(payload: &'a [u8]) -> Result<Self, WireError> {
        let mut reader = Reader::new("login", payload);
        let mut response = Response {
            capabilities: reader.u32("capabilities")?,
            max_packet: reader.u32("the longest packet")?,
            charset: reader.u8("a character set")?,
            user: b"",
            proof: b"",
            database: b"",
            plugin: b"",
            attributes: Vec::new(),
        };
        if !response.has(CapabilityFlags::CLIENT_PROTOCOL_41) {
            return Err(reader.malformed("the capabilities of MySQL 4.1 and later"));
        }
        reader.bytes(23, "23 reserved bytes")?;
        response.user = reader.nul_text("a user, and a NUL")?;
        response.proof = if response.has(CapabilityFlags::CLIENT_PLUGIN_AUTH_LENENC_CLIENT_DATA) {
            reader.text("a proof")?
        } else if response.has(CapabilityFlags::CLIENT_SECURE_CONNECTION) {
            let len = reader.u8("the length of a proof")?;
            reader.bytes(len.into(), "a proof")?
        } else {
            reader.nul_text("a proof, and a NUL")?
        };
        if response.has(CapabilityFlags::CLIENT_CONNECT_WITH_DB) && !reader.is_empty() {
            response.database = reader.nul_text("a database, and a NUL")?;
        }
        if response.has(CapabilityFlags::CLIENT_PLUGIN_AUTH) && !reader.is_empty() {
            response.plugin = reader.nul_text("a login method, and a NUL")?;
        }
        // A client that is not offered attributes may leave them out, whatever its capabilities say.
        if response.has(CapabilityFlags::CLIENT_CONNECT_ATTRS) && !reader.is_empty() {
            let mut attributes = Reader::new("login", reader.text("attributes")?);
            while !attributes.is_empty() {
                let name = attributes.text("the name of an attribute")?;
                response.attributes.push((name, attributes.text("the value of an attribute")?));
            }
        }
        Ok(response)
    }
}
