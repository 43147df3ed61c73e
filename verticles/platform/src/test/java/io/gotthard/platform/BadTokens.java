package io.gotthard.platform;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.SignedJWT;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.Set;
import java.util.stream.Stream;

/** Tokens that are almost good: most are signed by the issuer's own key, and each has one thing wrong with it. */
final class BadTokens {

    private final OidcPlatform platform;

    BadTokens(OidcPlatform platform) {
        this.platform = platform;
    }

    /** A token, what is wrong with it, and how it is made. */
    record Bad(String what, Forgery forgery) {
        @Override
        public String toString() {
            return what;
        }
    }

    interface Forgery {
        String token() throws JOSEException;
    }

    /** A key that is not the issuer's. */
    static RSAKey otherKey(String kid) throws JOSEException {
        return new RSAKeyGenerator(2048).keyID(kid).generate();
    }

    private static Date in(int seconds) {
        return Date.from(Instant.now().plusSeconds(seconds));
    }

    private String withHeader(String header, String signature) {
        return encoded(header) + "." + encoded(platform.claims().build().toString()) + "." + signature;
    }

    private static String encoded(String text) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(text.getBytes(UTF_8));
    }

    private String hs256(byte[] secret) throws JOSEException {
        var header = new JWSHeader.Builder(JWSAlgorithm.HS256)
                .keyID(platform.issuer().key().getKeyID())
                .build();
        var jwt = new SignedJWT(header, platform.claims().build());
        jwt.sign(new MACSigner(secret));
        return jwt.serialize();
    }

    private String part(int which, String replacement) {
        var parts = platform.token(claims -> claims).split("\\.");
        parts[which] = replacement;
        return String.join(".", parts);
    }

    /** Every one of them is to be refused. */
    Stream<Bad> all() {
        var issuer = platform.issuer();
        return Stream.of(
                new Bad("wrong audience", () -> platform.token(c -> c.audience("somebody-else"))),
                new Bad("no audience", () -> platform.token(c -> c.audience((String) null))),
                new Bad("the client's id as audience", () -> platform.token(c -> c.audience(TestIssuer.CLIENT))),
                new Bad("wrong issuer", () -> platform.token(c -> c.issuer("https://issuer.example"))),
                new Bad("the issuer with a slash", () -> platform.token(c -> c.issuer(issuer.name() + "/"))),
                new Bad("no issuer", () -> platform.token(c -> c.issuer(null))),
                new Bad("no subject", () -> platform.token(c -> c.subject(null))),
                new Bad("expired", () -> platform.token(c -> c.expirationTime(in(-60)))),
                new Bad("no expiry", () -> platform.token(c -> c.expirationTime(null))),
                new Bad("an expiry that is a text", () -> platform.token(c -> c.claim("exp", "tomorrow"))),
                new Bad("not yet valid", () -> platform.token(c -> c.notBeforeTime(in(120)))),
                new Bad("issued in the future", () -> platform.token(c -> c.issueTime(in(120)))),
                new Bad("alg none without signature", () -> withHeader("{\"alg\":\"none\"}", "")),
                new Bad(
                        "alg none with a signature",
                        () -> withHeader(
                                "{\"alg\":\"none\",\"kid\":\"" + issuer.key().getKeyID() + "\"}", "AAAA")),
                new Bad(
                        "alg NoNe",
                        () -> withHeader(
                                "{\"alg\":\"NoNe\",\"kid\":\"" + issuer.key().getKeyID() + "\"}", "AAAA")),
                new Bad(
                        "HS256 by the public key as DER",
                        () -> hs256(issuer.key().toRSAPublicKey().getEncoded())),
                new Bad(
                        "HS256 by the public key as PEM",
                        () -> hs256(pem(issuer.key()).getBytes(UTF_8))),
                new Bad(
                        "HS256 by the public key's modulus",
                        () -> hs256(issuer.key().getModulus().decode())),
                new Bad("RS512, which is not configured", this::rs512),
                new Bad(
                        "somebody else's signature",
                        () -> OidcPlatform.signed(
                                otherKey(issuer.key().getKeyID()),
                                platform.claims().build())),
                new Bad("a key in the header", this::embeddedKey),
                new Bad(
                        "unknown kid",
                        () -> OidcPlatform.signed(
                                otherKey("unknown"), platform.claims().build())),
                new Bad(
                        "the right key under another name",
                        () -> OidcPlatform.signed(
                                new RSAKey.Builder(issuer.key()).keyID("other").build(),
                                platform.claims().build())),
                new Bad(
                        "no kid",
                        () -> OidcPlatform.signed(
                                new RSAKey.Builder(issuer.key()).keyID(null).build(),
                                platform.claims().build())),
                new Bad(
                        "tampered payload",
                        () -> part(
                                1,
                                encoded(platform.claims()
                                        .claim("roles", "hub-admin")
                                        .build()
                                        .toString()))),
                new Bad("tampered signature", this::tampered),
                new Bad("no signature", () -> part(2, "")),
                new Bad("a header that is no JSON", () -> part(0, "eyJub25zZW5zZQ")),
                new Bad("a critical extension", this::critical),
                new Bad("claims that are a list", () -> part(1, "eyJbXQ")),
                new Bad("too long", () -> platform.token(c -> c.claim("x", "y".repeat(9000)))),
                new Bad("garbage", () -> "eyJ.eyJ.x"),
                new Bad("dots", () -> "eyJ.."),
                new Bad("many parts", () -> platform.token(c -> c) + ".AAAA"));
    }

    private static String pem(RSAKey key) throws JOSEException {
        var base64 = Base64.getMimeEncoder(64, new byte[] {'\n'})
                .encodeToString(key.toRSAPublicKey().getEncoded());
        return "-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n";
    }

    private String signedWith(JWSHeader header, RSAKey key) throws JOSEException {
        var jwt = new SignedJWT(header, platform.claims().build());
        jwt.sign(new RSASSASigner(key));
        return jwt.serialize();
    }

    private String rs512() throws JOSEException {
        var key = platform.issuer().key();
        return signedWith(
                new JWSHeader.Builder(JWSAlgorithm.RS512).keyID(key.getKeyID()).build(), key);
    }

    private String embeddedKey() throws JOSEException {
        var own = otherKey("own");
        return signedWith(
                new JWSHeader.Builder(JWSAlgorithm.RS256)
                        .keyID("own")
                        .jwk(own.toPublicJWK())
                        .build(),
                own);
    }

    private String critical() throws JOSEException {
        var key = platform.issuer().key();
        var header = new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID(key.getKeyID())
                .criticalParams(Set.of("exp"))
                .customParam("exp", 1)
                .build();
        return signedWith(header, key);
    }

    private String tampered() {
        var signature = platform.token(c -> c).split("\\.")[2];
        return part(2, (signature.startsWith("A") ? "B" : "A") + signature.substring(1));
    }
}
