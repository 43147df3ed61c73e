package io.gotthard.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.gotthard.kit.Settings;
import io.gotthard.kit.SettingsException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the configuration may say of an upstream. */
class UpstreamTest {

    private static Upstream upstream(String keys) {
        return Settings.read(Upstream.class, "{url: 'http://h/v1', " + keys + "}", "test.yaml", name -> null);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "protocol: openai",
                "protocol: openai, key: k",
                "protocol: azure, key: k, api_version: 2024-10-21",
                "protocol: azure, key: k",
                "protocol: anthropic, key: k, api_version: 2023-06-01, max_tokens: 100",
                "protocol: ollama, drop_unsupported: true",
                "protocol: gemini, key: k",
                "protocol: bedrock, key: k",
                "protocol: bedrock, region: eu-central-1, access_key_id: a, secret_access_key: s",
                "protocol: bedrock, region: eu-central-1, access_key_id: a, secret_access_key: s, session_token: t"
            })
    void a_protocol_has_the_keys_that_it_needs(String keys) {
        assertThat(upstream(keys).url()).isEqualTo("http://h/v1");
    }

    @Test
    void what_is_not_said_has_a_default() {
        var upstream = upstream("protocol: anthropic");
        assertThat(upstream.maxTokens()).isEqualTo(4096);
        assertThat(upstream.dropUnsupported()).isFalse();
        assertThat(upstream.apiVersion()).isNull();
    }

    @Test
    void a_name_of_before_is_understood() {
        assertThat(upstream("protocol: openai, connections: 7, pool: {queue: 3}"))
                .isEqualTo(upstream("protocol: openai, pool: {size: 7, queue: 3}"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        protocol: openai, connections: 0          | size must be at least 1
        protocol: openai, connections: 5, pool: {size: 6} | only one of them
        protocol: openai, api_version: v1         | api_version has no meaning with protocol openai
        protocol: gemini, api_version: v1         | api_version has no meaning with protocol gemini
        protocol: azure, region: r                | region has no meaning with protocol azure
        protocol: openai, access_key_id: a        | access_key_id has no meaning with protocol openai
        protocol: ollama, secret_access_key: s    | secret_access_key has no meaning with protocol ollama
        protocol: anthropic, session_token: t     | session_token has no meaning with protocol anthropic
        protocol: bedrock                         | protocol bedrock needs a key, or region, access_key_id and secret_access_key
        protocol: bedrock, region: r              | protocol bedrock needs a key, or region, access_key_id and secret_access_key
        protocol: anthropic, max_tokens: 0        | max_tokens must be at least 1
        protocol: openai, pool: {queue: -1}       | queue at least 0
        protocol: openai, tls: {ca: /no/such}     | be read
        protocol: openai, proxy: "ftp://h"        | proxy must be like
        protocol: openai, proxy: "h:3128"         | proxy must be like
        protocol: openai, networks: []            | networks must have
        protocol: openai, networks: [intern]      | is no network
        protocol: openai, request_urls: some      | one of public, any, none
        protocol: azure, discover: true           | does not tell its models
        protocol: bedrock, key: k, discover: true | does not tell its models
        protocol: openai, discover_every: 1ms     | at least 1s
        protocol: cohere                          | expected one of openai, azure, anthropic, ollama, gemini, bedrock
        """)
    void what_does_not_fit_is_refused_with_its_place(String keys, String expected) {
        var refused = catchThrowableOfType(SettingsException.class, () -> upstream(keys));
        assertThat(refused.getMessage()).contains("test.yaml:1:").contains(expected);
    }

    @Test
    void a_secret_is_in_no_error() {
        var refused = catchThrowableOfType(
                SettingsException.class, () -> upstream("protocol: openai, secret_access_key: hush"));
        assertThat(refused.getMessage()).doesNotContain("hush");
        refused = catchThrowableOfType(
                SettingsException.class, () -> upstream("protocol: openai, proxy: 'https://user:hush@host'"));
        assertThat(refused.getMessage()).doesNotContain("hush");
        assertThat(upstream("protocol: openai, key: hush, proxy: 'http://user:hush@host'")
                        .toString())
                .doesNotContain("hush");
    }

    @Test
    void a_proxy_is_read_from_its_url() {
        assertThat(Proxy.parse("http://proxy.example.org"))
                .isEqualTo(new Proxy(false, "proxy.example.org", 3128, null, null));
        assertThat(Proxy.parse("socks5://a%40b:p%3Aw@10.0.0.1:9"))
                .isEqualTo(new Proxy(true, "10.0.0.1", 9, "a@b", "p:w"));
        assertThat(Proxy.parse("http://user@h/")).isEqualTo(new Proxy(false, "h", 3128, "user", ""));
    }
}
