package io.gotthard.models;

import io.gotthard.kit.Absent;
import io.gotthard.kit.AddressRule;
import io.gotthard.kit.Default;
import io.gotthard.kit.Size;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * A server that has models, as the configuration names it.
 *
 * @param protocol what it speaks
 * @param url where it is, http or https; its path is what comes before the one that {@link Protocol} says
 * @param key its API key, or null if it wants none
 * @param pool how many connections there may be to it, and who may wait for one
 * @param tls whom to believe that it is who it says, or null for those whom the JDK believes
 * @param proxy what to reach it through, as {@code http://user:password@host:port} or {@code socks5://host:port}, or null
 * @param networks where its addresses may be: {@code public}, {@code private}, or networks such as {@code 10.1.0.0/16}
 * @param requestUrls which addresses of images and files in requests are handed on to it
 * @param discover whether to ask it which models it has
 * @param discoverEvery how often to ask
 * @param connectTimeout how long a connection may take to be made
 * @param idleTimeout how long it may be silent in the midst of a request
 * @param answerLimit bytes of an answer, or of one event of a stream, that are accepted at most
 * @param apiVersion the version of the protocol, where it has versions, or null for the usual one
 * @param region the cloud's region, for signatures, or null
 * @param accessKeyId who signs requests, where they are signed, or null
 * @param secretAccessKey what they are signed with, or null
 * @param sessionToken goes with temporary access keys, or null
 * @param maxTokens how many tokens an answer may have if the client does not say so, where the protocol has to be told
 * @param dropUnsupported whether to leave out of a request what the protocol has no words for, instead of refusing the request
 * @param connections what {@code pool.size} was called first; null, once it is known there
 */
public record Upstream(
        Protocol protocol,
        String url,
        @Absent String key,
        @Default("{}") Pool pool,
        @Absent Tls tls,
        @Absent String proxy,
        @Default("[public, private]") List<String> networks,
        @Default("public") RequestUrls requestUrls,
        @Default("false") boolean discover,
        @Default("10m") Duration discoverEvery,
        @Default("5s") Duration connectTimeout,
        @Default("5m") Duration idleTimeout,
        @Default("64MB") Size answerLimit,
        @Absent String apiVersion,
        @Absent String region,
        @Absent String accessKeyId,
        @Absent String secretAccessKey,
        @Absent String sessionToken,
        @Default("4096") int maxTokens,
        @Default("false") boolean dropUnsupported,
        @Absent Integer connections) {

    /** What an upstream may speak. */
    public enum Protocol {
        /** OpenAI's REST API, as vLLM, llama.cpp, Ollama and most clouds have it: {@code /chat/completions}. */
        OPENAI,
        /** The same on Azure: {@code /openai/deployments/…} with a version, {@code /openai/v1} without. */
        AZURE,
        /** Anthropic's Messages: {@code /v1/messages}. */
        ANTHROPIC,
        /** Ollama's own API: {@code /api/chat}, {@code /api/embed}. */
        OLLAMA,
        /** Google's Gemini: {@code /models/…:generateContent}. */
        GEMINI,
        /** Converse of Amazon's Bedrock: {@code /model/…/converse}. */
        BEDROCK
    }

    /** Which URLs in requests the upstream may be made to fetch. */
    public enum RequestUrls {
        /** Those whose host is a name or an address in the Internet, and no name or address of an inner network. */
        PUBLIC,
        /** All. */
        ANY,
        /** None but those that are the data themselves. */
        NONE
    }

    /**
     * The connections to it from each event loop.
     *
     * @param size how many there may be
     * @param queue how many requests may wait for one; more are told that it is busy
     */
    public record Pool(
            @Default("10000") int size, @Default("1000") int queue) {

        private static final int USUAL = 10_000;

        /** Checks what no type says. */
        public Pool {
            if (size < 1 || queue < 0) {
                throw new IllegalArgumentException("size must be at least 1, and queue at least 0");
            }
        }
    }

    /**
     * Whom to believe.
     *
     * @param ca a file with the certificates, in PEM, of those who are believed instead of whom the JDK believes
     */
    public record Tls(String ca) {

        /** Checks that the file has certificates. */
        public Tls {
            Authorities.read(ca);
        }
    }

    /** An upstream with nothing but what every protocol has. */
    public Upstream(
            Protocol protocol,
            String url,
            String key,
            Pool pool,
            Duration connectTimeout,
            Duration idleTimeout,
            Size answerLimit) {
        this(
                protocol,
                url,
                key,
                pool,
                null,
                null,
                List.of("public", "private"),
                RequestUrls.PUBLIC,
                false,
                Duration.ofMinutes(10),
                connectTimeout,
                idleTimeout,
                answerLimit,
                null,
                null,
                null,
                null,
                null,
                4096,
                false,
                null);
    }

    /** Checks what no type says. */
    public Upstream {
        if (connections != null) {
            if (pool.size() != Pool.USUAL) {
                throw new IllegalArgumentException(
                        "connections and pool.size are the same: only one of them can be said");
            }
            pool = new Pool(connections, pool.queue());
            connections = null;
        }
        var uri = URI.create(url);
        if (uri.getHost() == null || !("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
            throw new IllegalArgumentException("url must be an http or https URL");
        }
        if (uri.getRawUserInfo() != null || uri.getRawQuery() != null || uri.getRawFragment() != null) {
            throw new IllegalArgumentException("url must have no user, query or fragment");
        }
        if (tls != null && !"https".equals(uri.getScheme())) {
            throw new IllegalArgumentException("tls needs an https url");
        }
        if (proxy != null) {
            Proxy.parse(proxy);
        }
        checkAddress(uri.getHost(), AddressRule.of(networks));
        if (discover && (protocol == Protocol.AZURE || protocol == Protocol.BEDROCK)) {
            throw new IllegalArgumentException("protocol " + name(protocol) + " does not tell its models: no discover");
        }
        if (discoverEvery.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("discover_every must be at least 1s");
        }
        if (maxTokens < 1) {
            throw new IllegalArgumentException("max_tokens must be at least 1");
        }
        only("region", region, protocol, Protocol.BEDROCK);
        only("access_key_id", accessKeyId, protocol, Protocol.BEDROCK);
        only("secret_access_key", secretAccessKey, protocol, Protocol.BEDROCK);
        only("session_token", sessionToken, protocol, Protocol.BEDROCK);
        boolean signed = region != null && accessKeyId != null && secretAccessKey != null;
        if (protocol == Protocol.BEDROCK && key == null && !signed) {
            throw new IllegalArgumentException(
                    "protocol bedrock needs a key, or region, access_key_id and secret_access_key");
        }
        only("api_version", apiVersion, protocol, Protocol.AZURE, Protocol.ANTHROPIC);
    }

    /** A name may come to mean something else, so it is checked whenever it is looked up; but an address stays what it is. */
    private static void checkAddress(String host, AddressRule rule) {
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
        } catch (IllegalArgumentException name) {
            return;
        }
        if (!rule.allows(address)) {
            throw new IllegalArgumentException("url has an address that networks do not allow");
        }
    }

    /** Without what nobody may see. */
    @Override
    public String toString() {
        return "Upstream[" + name(protocol) + "]";
    }

    private static void only(String key, String value, Protocol protocol, Protocol... with) {
        if (value != null && !List.of(with).contains(protocol)) {
            throw new IllegalArgumentException(key + " has no meaning with protocol " + name(protocol));
        }
    }

    private static String name(Protocol protocol) {
        return protocol.name().toLowerCase(Locale.ROOT);
    }
}
