//! What other parts of an application do: TLS, proxies, stores, logs.

use crate::settings::feature::Feature;
use crate::settings::key::{Key, When, asks, noted, text};

/// What turns TLS on in QuickFIX/J.
const OF_J: When = When::With(&["SocketUseSSL"]);
/// What turns it on in QuickFIX/n.
const OF_N: When = When::With(&["SSLEnable"]);
/// What turns it on in QuickFIX/Go.
const OF_GO: When = When::With(&[
    "SocketUseSSL",
    "SocketPrivateKeyFile",
    "SocketCertificateFile",
    "SocketCAFile",
    "SocketPrivateKeyBytes",
    "SocketCertificateBytes",
    "SocketCABytes",
]);

pub(super) const TLS: &[Key] = &[
    asks("SocketUseSSL", "JG", Feature::Tls, When::Not("N")),
    asks("SSLEnable", "N", Feature::Tls, When::Not("N")),
    asks(
        "SSLServerName SSLProtocols SSLValidateCertificates \
         SSLCheckCertificateRevocation SSLCertificate SSLCertificatePassword \
         SSLRequireClientCertificate SSLCACertificate",
        "N",
        Feature::Tls,
        OF_N,
    ),
    asks(
        "SSLProtocol SSLCipherSuite TLSCipherSuites ServerCertificateFile \
         ServerCertificateKeyFile ClientCertificateFile ClientCertificateKeyFile \
         CertificationAuthoritiesFile CertificationAuthoritiesDirectory \
         CertificateRevocationListFile CertificateRevocationListDirectory CertificateVerifyLevel",
        "C",
        Feature::Tls,
        When::Always,
    ),
    asks(
        "SocketKeyStore SocketKeyStorePassword KeyManagerFactoryAlgorithm KeyStoreType \
         SocketTrustStore SocketTrustStorePassword TrustManagerFactoryAlgorithm TrustStoreType \
         NeedClientAuth EnabledProtocols CipherSuites EndpointIdentificationAlgorithm UseSNI \
         SNIHostName",
        "J",
        Feature::Tls,
        OF_J,
    ),
    asks(
        "SocketPrivateKeyFile SocketCertificateFile SocketCAFile SocketPrivateKeyBytes \
         SocketCertificateBytes SocketCABytes",
        "G",
        Feature::Tls,
        When::Always,
    ),
    asks(
        "SocketInsecureSkipVerify SocketServerName SocketMinimumTLSVersion",
        "G",
        Feature::Tls,
        OF_GO,
    ),
];

pub(super) const PROXIES: &[Key] = &[
    asks(
        "ProxyType ProxyVersion ProxyHost ProxyPort ProxyUser ProxyPassword ProxyDomain \
         ProxyWorkstation",
        "JG",
        Feature::Proxy,
        When::Always,
    )
    .initiator(),
    asks("UseTCPProxy", "G", Feature::Proxy, When::Not("N")).acceptor(),
    noted("SocketIgnoreProxy", "N", "Y", "connections are made directly"),
];

const DATABASE: &str =
    "nothing is kept in a database; nearest: FileStorePath, or an implementation of engine::Store";

pub(super) const STORES: &[Key] = &[
    text("FileStorePath", "CJNG", "store", "folder of a `FileStore`", |draft, _, value| {
        draft.store = Some(draft.folder.join(value));
        Ok(())
    }),
    noted("FileStoreSync", "JG", "Y", "what is kept outlives a crash of the machine too"),
    noted(
        "FileStoreMaxCachedMsgs",
        "J",
        "",
        "messages are read from the file when they are asked for",
    ),
    noted(
        "JdbcDataSourceName JdbcDriver JdbcURL JdbcUser JdbcPassword JndiContextFactory \
         JndiProviderURL JdbcStoreMessagesTableName JdbcStoreSessionsTableName \
         JdbcSessionIdDefaultPropertyValue JdbcMaxActiveConnection JdbcMinIdleConnection \
         JdbcMaxConnectionLifeTime JdbcConnectionTimeout JdbcConnectionIdleTimeout \
         JdbcConnectionKeepaliveTime JdbcConnectionTestQuery SleepycatDatabaseDir \
         SleepycatSequenceDbName SleepycatMessageDbName",
        "J",
        "",
        DATABASE,
    ),
    noted(
        "MySQLStoreUseConnectionPool MySQLStoreDatabase MySQLStoreUser MySQLStorePassword \
         MySQLStoreHost MySQLStorePort PostgreSQLStoreUseConnectionPool PostgreSQLStoreDatabase \
         PostgreSQLStoreUser PostgreSQLStorePassword PostgreSQLStoreHost PostgreSQLStorePort \
         OdbcStoreUser OdbcStorePassword OdbcStoreConnectionString",
        "C",
        "",
        DATABASE,
    ),
    noted(
        "SQLStoreDriver SQLStoreDataSourceName SQLStoreConnMaxLifetime MongoStoreConnection \
         MongoStoreDatabase MongoStoreReplicaSet",
        "G",
        "",
        DATABASE,
    ),
];

const LOG: &str = "logs are not written yet; nearest: Event::Notice and the application's own log";

pub(super) const LOGS: &[Key] = &[
    noted("FileLogPath", "CJNG", "", LOG),
    noted("FileLogBackupPath", "C", "", LOG),
    noted("DebugFileLogPath RedactFieldsInLogs RedactionLogText", "N", "", LOG),
    noted("ScreenLogShowEvents ScreenLogShowIncoming ScreenLogShowOutgoing", "CJ", "N", LOG),
    noted(
        "FileLogHeartbeats FileIncludeMilliseconds FileIncludeTimeStampForMessages \
         SLF4JLogEventCategory SLF4JLogErrorEventCategory SLF4JLogIncomingMessageCategory \
         SLF4JLogOutgoingMessageCategory SLF4JLogPrependSessionID SLF4JLogHeartbeats \
         ScreenLogShowHeartBeats ScreenIncludeMilliseconds JdbcLogHeartBeats \
         JdbcLogIncomingTable JdbcLogOutgoingTable JdbcLogEventTable \
         LogMessageWhenSessionNotFound",
        "J",
        "",
        LOG,
    ),
    noted(
        "MySQLLogUseConnectionPool MySQLLogDatabase MySQLLogUser MySQLLogPassword MySQLLogHost \
         MySQLLogPort MySQLLogIncomingTable MySQLLogOutgoingTable MySQLLogEventTable \
         PostgreSQLLogUseConnectionPool PostgreSQLLogDatabase PostgreSQLLogUser \
         PostgreSQLLogPassword PostgreSQLLogHost PostgreSQLLogPort PostgreSQLLogIncomingTable \
         PostgreSQLLogOutgoingTable PostgreSQLLogEventTable OdbcLogUser OdbcLogPassword \
         OdbcLogConnectionString OdbcLogIncomingTable OdbcLogOutgoingTable OdbcLogEventTable",
        "C",
        "",
        LOG,
    ),
    noted(
        "SQLLogDriver SQLLogDataSourceName SQLLogConnMaxLifetime MongoLogConnection \
         MongoLogDatabase MongoLogReplicaSet",
        "G",
        "",
        LOG,
    ),
];
