#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>

#include "support/certificates.hpp"
#include "websocket_client.hpp"

/// wss: what is trusted and what is not.
namespace asr_stream::websocket::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Tls : testing::Test {
    std::unique_ptr<ScriptedServer> serve(const CertificateFiles& files, std::string client_ca = {},
                                          Script script = echo) {
        return std::make_unique<ScriptedServer>(
            std::move(script), ServerOptions{.tls = ServerTls{files.certificate, files.key, std::move(client_ca)}});
    }
    ConnectOptions trusting(const std::string& url) { return {.url = url, .tls = tls_files(authority.ca_file())}; }
    Error error_of(ConnectOptions options) {
        const auto connection = client.dial(std::move(options));
        return connection ? Error{} : connection.error();
    }
    void expect_echo(const ConnectOptions& options) {
        const auto connection = client.dial(options);
        ASSERT_TRUE(connection) << connection.error().message();
        const std::string large(100'000, 'x');
        for (const std::string& payload : {std::string{"small"}, large}) {
            ASSERT_TRUE((*connection)->send(Opcode::text, payload));
            EXPECT_EQ(client.run(hear(*connection)).payload, payload);
        }
        client.run((*connection)->close(5s));
    }
    void TearDown() override { EXPECT_EQ(client.memory.outstanding(), 0u); }

    Certificates authority;
    Client client;
};

TEST_F(Tls, TrustsAnAuthorityFromAFile) {
    const auto server = serve(authority.issue({.ips = {"127.0.0.1"}}));
    const auto options = trusting(server->url());
    expect_echo(options);
    const auto connection = client.dial(options);
    ASSERT_TRUE(connection);
    EXPECT_EQ((*connection)->timings().tls_version, "TLSv1.3");
    EXPECT_GT((*connection)->timings().tls, (*connection)->timings().connect);
    (*connection)->abort();
}

TEST_F(Tls, VerifiesNamesAddressesAndWildcards) {
    const auto files = authority.issue({.dns = {"localhost", "*.asr.example"}, .ips = {"127.0.0.1"}});
    const auto server = serve(files);
    expect_echo(trusting(server->url("/", "localhost")));
    auto options = trusting(server->url());
    options.tls.server_name = "eu.asr.example";
    expect_echo(options);
    options.tls.server_name = "a.b.asr.example";
    EXPECT_EQ(error_of(options).code, Errc::tls_hostname_mismatch);
}

TEST_F(Tls, WrongNameSaysWhichNamesTheCertificateHas) {
    const auto server = serve(authority.issue({.dns = {"other.example", "more.example"}, .ips = {"127.0.0.9", "::9"}}));
    const Error error = error_of(trusting(server->url("/", "localhost")));
    EXPECT_EQ(error.code, Errc::tls_hostname_mismatch);
    EXPECT_THAT(error.context,
                HasSubstr("wanted localhost, the certificate is for other.example, more.example, 127.0.0.9, ::9"));
    const Error by_address = error_of(trusting(server->url()));
    EXPECT_EQ(by_address.code, Errc::tls_hostname_mismatch);
    EXPECT_THAT(by_address.context, HasSubstr("wanted 127.0.0.1"));
    auto options = trusting(server->url());
    options.tls.verify_hostname = false;
    expect_echo(options);
    const auto nameless = serve(authority.issue({.common_name = "only a common name"}));
    EXPECT_THAT(error_of(trusting(nameless->url())).context, HasSubstr("the certificate is for only a common name"));
}

TEST_F(Tls, UntrustedCertificatesAreRefusedWithTheReason) {
    const auto self_signed = serve(authority.self_signed({.ips = {"127.0.0.1"}}));
    const Error error = error_of(trusting(self_signed->url()));
    EXPECT_EQ(error.code, Errc::tls_untrusted);
    EXPECT_THAT(error.context, HasSubstr("self-signed certificate"));

    Certificates stranger;
    const auto other = serve(stranger.issue({.ips = {"127.0.0.1"}}));
    EXPECT_EQ(error_of(trusting(other->url())).code, Errc::tls_untrusted);
    EXPECT_EQ(error_of({.url = other->url()}).code, Errc::tls_untrusted) << "the system's store knows it";

    const auto expired = serve(authority.issue({.ips = {"127.0.0.1"}, .valid_days = -1}));
    const Error late = error_of(trusting(expired->url()));
    EXPECT_EQ(late.code, Errc::tls_untrusted);
    EXPECT_THAT(late.context, HasSubstr("certificate has expired"));
}

TEST_F(Tls, VerificationCanBeTurnedOff) {
    const auto server = serve(authority.self_signed({.dns = {"whoever"}}));
    TlsConfig trusting_all;
    trusting_all.verify_peer = false;
    expect_echo({.url = server->url(), .tls = trusting_all});
}

TEST_F(Tls, ShowsItsClientCertificateAndTheNameItWants) {
    std::mutex mutex;
    std::string shown, wanted;
    const auto server = serve(authority.issue({.dns = {"localhost"}, .ips = {"127.0.0.1"}}), authority.ca_file(),
                              [&](Session& session) {
                                  session.request();
                                  {
                                      const std::lock_guard lock{mutex};
                                      shown = session.client_certificate();
                                      wanted = session.server_name();
                                  }
                                  echo(session);
                              });
    const auto files = authority.issue({.common_name = "call center 7"});
    auto options = trusting(server->url("/", "localhost"));
    options.tls.certificate_file = files.certificate;
    options.tls.key_file = files.key;
    expect_echo(options);
    const std::lock_guard lock{mutex};
    EXPECT_EQ(shown, "call center 7");
    EXPECT_EQ(wanted, "localhost");
}

TEST_F(Tls, MissingClientCertificateIsTheServicesAlert) {
    const auto server = serve(authority.issue({.ips = {"127.0.0.1"}}), authority.ca_file());
    const Error error = error_of(trusting(server->url()));
    EXPECT_EQ(error.code, Errc::tls_failed);
    EXPECT_THAT(error.context, HasSubstr("certificate required"));
}

TEST_F(Tls, FilesThatCannotBeUsedAreNamed) {
    const TempDir dir;
    const std::string junk = dir.write("junk.pem", "no certificate");
    const std::string missing = dir.file("missing.pem");
    const auto files = authority.issue({});
    const auto other = authority.issue({});
    const auto server = serve(authority.issue({.ips = {"127.0.0.1"}}));
    const auto refused = [&](TlsConfig tls) {
        const Error error = error_of({.url = server->url(), .tls = std::move(tls)});
        EXPECT_EQ(error.code, Errc::tls_config) << error.message();
        return error.context;
    };
    EXPECT_THAT(refused(tls_files(missing)), HasSubstr("tls-ca-file=" + missing + ": No such file"));
    EXPECT_THAT(refused(tls_files(junk)), HasSubstr("tls-ca-file=" + junk + ": no PEM certificate"));
    EXPECT_THAT(refused(tls_files({}, missing)), HasSubstr("tls-certificate-file=" + missing));
    EXPECT_THAT(refused(tls_files({}, junk)), HasSubstr("tls-certificate-file=" + junk));
    EXPECT_THAT(refused(tls_files({}, files.certificate)), HasSubstr("no private PEM key"));
    EXPECT_THAT(refused(tls_files({}, files.certificate, missing)), HasSubstr("tls-key-file=" + missing));
    EXPECT_THAT(refused(tls_files({}, files.certificate, other.key)), HasSubstr("that fits the certificate"));
    EXPECT_THAT(refused(tls_files({}, {}, files.key)), HasSubstr("needs tls-certificate-file"));
    TlsConfig long_name = tls_files(authority.ca_file());
    long_name.server_name = std::string(300, 'x');
    EXPECT_THAT(refused(long_name), HasSubstr("tls-server-name"));
}

TEST_F(Tls, PlainServiceBehindWssIsExplained) {
    ScriptedServer plain{[](Session& session) {
        session.raw("HTTP/1.1 400 Bad Request\r\n\r\n");
        session.hang();
    }};
    const Error error = error_of({.url = "wss://127.0.0.1:" + std::to_string(plain.port())});
    EXPECT_EQ(error.code, Errc::tls_failed);
    EXPECT_THAT(error.context, HasSubstr("perhaps the URL should be ws://"));
}

TEST_F(Tls, ServiceThatHangsUpInTheHandshakeIsATlsFailure) {
    ScriptedServer rude{[](Session& session) { session.cut(); }};
    const Error cut = error_of({.url = "wss://127.0.0.1:" + std::to_string(rude.port())});
    EXPECT_EQ(cut.code, Errc::tls_failed);
    EXPECT_THAT(cut.context, HasSubstr("closed the connection during the handshake"));
    ScriptedServer ruder{[](Session& session) {
        session.read_frame();  // takes the begin of the ClientHello
        session.reset();
    }};
    EXPECT_EQ(error_of({.url = "wss://127.0.0.1:" + std::to_string(ruder.port())}).code, Errc::tls_failed);
}

TEST_F(Tls, EndWithoutCloseNotifyIsALostConnection) {
    const auto server = serve(authority.issue({.ips = {"127.0.0.1"}}), {}, [](Session& session) {
        session.accept();
        session.send_text("last");
        session.cut();
    });
    const auto connection = client.dial(trusting(server->url()));
    ASSERT_TRUE(connection);
    EXPECT_EQ(client.run(hear(*connection)).payload, "last");
    const Heard heard = client.run(hear(*connection));
    EXPECT_EQ(heard.error->code, Errc::connection_lost);
    EXPECT_THAT(heard.error->context, HasSubstr("without a close frame"));
}

TEST_F(Tls, DamagedRecordsAreALostConnectionWithTheReason) {
    const auto server = serve(authority.issue({.ips = {"127.0.0.1"}}), {}, [](Session& session) {
        session.accept();
        session.raw_beneath_tls(std::string(100, 'x'));
        session.hang();
    });
    const auto connection = client.dial(trusting(server->url()));
    ASSERT_TRUE(connection);
    const Heard heard = client.run(hear(*connection));
    EXPECT_EQ(heard.error->code, Errc::connection_lost);
    EXPECT_THAT(heard.error->context, HasSubstr("TLS: "));
}

TEST_F(Tls, SlowReaderGetsEverythingInOrder) {
    std::mutex mutex;
    std::string received;
    const auto files = authority.issue({.ips = {"127.0.0.1"}});
    ScriptedServer server{[&](Session& session) {
                              session.accept();
                              while (const auto message = session.read()) {
                                  const std::lock_guard lock{mutex};
                                  received += message->payload;
                              }
                          },
                          {.tls = ServerTls{files.certificate, files.key}, .receive_buffer_bytes = 4096}};
    const auto connection = client.dial(trusting(server.url()));
    ASSERT_TRUE(connection);
    std::string sent;
    for (int i = 0; (*connection)->queued_bytes() < 500'000; ++i) {
        const std::string block(20'000, static_cast<char>('a' + i % 26));
        ASSERT_TRUE((*connection)->send(Opcode::binary, block));
        sent += block;
    }
    client.run((*connection)->close(60s));
    ASSERT_TRUE(server.wait_until([](const auto& s) { return s.open_sessions() == 0; }));
    const std::lock_guard lock{mutex};
    EXPECT_EQ(received.size(), sent.size());
    EXPECT_TRUE(received == sent);
}

TEST_F(Tls, RenewedFilesAreReadAgainAndOthersAreNot) {
    const TempDir dir;
    const auto read = [](const std::string& name) {
        std::ifstream in{name};
        return std::string{std::istreambuf_iterator<char>{in}, {}};
    };
    const std::string file = dir.write("ca.pem", read(authority.ca_file()));
    TlsContexts contexts;
    const auto first = contexts.get(tls_files(file));
    ASSERT_TRUE(first);
    EXPECT_EQ(contexts.get(tls_files(file))->get(), first->get());
    Certificates other;
    dir.write("ca.pem", read(other.ca_file()) + "\n");
    EXPECT_NE(contexts.get(tls_files(file))->get(), first->get());
    for (int i = 0; i < 20; ++i) {
        const std::string copy = dir.write(std::to_string(i), read(authority.ca_file()));
        ASSERT_TRUE(contexts.get(tls_files(copy)));
    }
    EXPECT_EQ(contexts.size(), TlsContexts::max_contexts);
}

}  // namespace
}  // namespace asr_stream::websocket::test
