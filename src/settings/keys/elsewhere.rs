//! What other parts of an application do: TLS, proxies, stores, logs.

use crate::settings::key::{Key, later, only, refused, text};

const TLS_FEATURE: &str = "TLS streams";
const TLS_STREAM: &str = "a Connector or Listener of your own that speaks TLS, or stunnel";

pub(super) const TLS: &[Key] = &[
    later("SocketUseSSL", "JG", TLS_FEATURE, TLS_STREAM),
    later(
        "SSLEnable SSLServerName SSLProtocols SSLValidateCertificates \
         SSLCheckCertificateRevocation SSLCertificate SSLCertificatePassword \
         SSLRequireClientCertificate SSLCACertificate",
        "N",
        TLS_FEATURE,
        TLS_STREAM,
    ),
    later(
        "SSLProtocol SSLCipherSuite TLSCipherSuites ServerCertificateFile \
         ServerCertificateKeyFile ClientCertificateFile ClientCertificateKeyFile \
         CertificationAuthoritiesFile CertificationAuthoritiesDirectory \
         CertificateRevocationListFile CertificateRevocationListDirectory CertificateVerifyLevel",
        "C",
        TLS_FEATURE,
        TLS_STREAM,
    ),
    later(
        "SocketKeyStore SocketKeyStorePassword KeyManagerFactoryAlgorithm KeyStoreType \
         SocketTrustStore SocketTrustStorePassword TrustManagerFactoryAlgorithm TrustStoreType \
         NeedClientAuth EnabledProtocols CipherSuites EndpointIdentificationAlgorithm UseSNI \
         SNIHostName",
        "J",
        TLS_FEATURE,
        TLS_STREAM,
    ),
    later(
        "SocketPrivateKeyFile SocketCertificateFile SocketCAFile SocketPrivateKeyBytes \
         SocketCertificateBytes SocketCABytes SocketInsecureSkipVerify SocketServerName \
         SocketMinimumTLSVersion",
        "G",
        TLS_FEATURE,
        TLS_STREAM,
    ),
];

pub(super) const PROXIES: &[Key] = &[
    refused(
        "ProxyType ProxyVersion ProxyHost ProxyPort ProxyUser ProxyPassword ProxyDomain \
         ProxyWorkstation",
        "JG",
        "connections are made directly",
        "a Connector of your own that goes through the proxy",
    ),
    only("SocketIgnoreProxy", "N", "Y", "connections are made directly", ""),
];

const STORES_FEATURE: &str = "stores in databases";
const STORE: &str = "FileStorePath, or an implementation of engine::Store";

pub(super) const STORES: &[Key] = &[
    text("FileStorePath", "CJNG", "store", "folder of a `FileStore`", |draft, _, value| {
        draft.store = Some(draft.folder.join(value));
        Ok(())
    }),
    only("FileStoreSync", "JG", "Y", "what is kept outlives a crash of the machine too", ""),
    refused(
        "FileStoreMaxCachedMsgs",
        "J",
        "messages are read from the file when they are asked for",
        "",
    ),
    later(
        "JdbcDataSourceName JdbcDriver JdbcURL JdbcUser JdbcPassword JndiContextFactory \
         JndiProviderURL JdbcStoreMessagesTableName JdbcStoreSessionsTableName \
         JdbcSessionIdDefaultPropertyValue JdbcMaxActiveConnection JdbcMinIdleConnection \
         JdbcMaxConnectionLifeTime JdbcConnectionTimeout JdbcConnectionIdleTimeout \
         JdbcConnectionKeepaliveTime JdbcConnectionTestQuery SleepycatDatabaseDir \
         SleepycatSequenceDbName SleepycatMessageDbName",
        "J",
        STORES_FEATURE,
        STORE,
    ),
    later(
        "MySQLStoreUseConnectionPool MySQLStoreDatabase MySQLStoreUser MySQLStorePassword \
         MySQLStoreHost MySQLStorePort PostgreSQLStoreUseConnectionPool PostgreSQLStoreDatabase \
         PostgreSQLStoreUser PostgreSQLStorePassword PostgreSQLStoreHost PostgreSQLStorePort \
         OdbcStoreUser OdbcStorePassword OdbcStoreConnectionString",
        "C",
        STORES_FEATURE,
        STORE,
    ),
    later(
        "SQLStoreDriver SQLStoreDataSourceName SQLStoreConnMaxLifetime MongoStoreConnection \
         MongoStoreDatabase MongoStoreReplicaSet",
        "G",
        STORES_FEATURE,
        STORE,
    ),
];

const LOGS_FEATURE: &str = "logs";
const LOG: &str = "Event::Notice and the application's own log";

pub(super) const LOGS: &[Key] = &[
    later("FileLogPath", "CJNG", LOGS_FEATURE, LOG),
    later("FileLogBackupPath", "C", LOGS_FEATURE, LOG),
    later("DebugFileLogPath RedactFieldsInLogs RedactionLogText", "N", LOGS_FEATURE, LOG),
    later(
        "ScreenLogShowEvents ScreenLogShowIncoming ScreenLogShowOutgoing",
        "CJ",
        LOGS_FEATURE,
        LOG,
    ),
    later(
        "FileLogHeartbeats FileIncludeMilliseconds FileIncludeTimeStampForMessages \
         SLF4JLogEventCategory SLF4JLogErrorEventCategory SLF4JLogIncomingMessageCategory \
         SLF4JLogOutgoingMessageCategory SLF4JLogPrependSessionID SLF4JLogHeartbeats \
         ScreenLogShowHeartBeats ScreenIncludeMilliseconds JdbcLogHeartBeats \
         JdbcLogIncomingTable JdbcLogOutgoingTable JdbcLogEventTable \
         LogMessageWhenSessionNotFound",
        "J",
        LOGS_FEATURE,
        LOG,
    ),
    later(
        "MySQLLogUseConnectionPool MySQLLogDatabase MySQLLogUser MySQLLogPassword MySQLLogHost \
         MySQLLogPort MySQLLogIncomingTable MySQLLogOutgoingTable MySQLLogEventTable \
         PostgreSQLLogUseConnectionPool PostgreSQLLogDatabase PostgreSQLLogUser \
         PostgreSQLLogPassword PostgreSQLLogHost PostgreSQLLogPort PostgreSQLLogIncomingTable \
         PostgreSQLLogOutgoingTable PostgreSQLLogEventTable OdbcLogUser OdbcLogPassword \
         OdbcLogConnectionString OdbcLogIncomingTable OdbcLogOutgoingTable OdbcLogEventTable",
        "C",
        LOGS_FEATURE,
        LOG,
    ),
    later(
        "SQLLogDriver SQLLogDataSourceName SQLLogConnMaxLifetime MongoLogConnection \
         MongoLogDatabase MongoLogReplicaSet",
        "G",
        LOGS_FEATURE,
        LOG,
    ),
];
