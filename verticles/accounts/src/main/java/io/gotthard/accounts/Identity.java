package io.gotthard.accounts;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.TreeSet;

/**
 * Somebody as a good token and its issuer's settings describe them.
 *
 * @param issuer the issuer's name
 * @param subject what identifies them there for ever
 * @param email the e-mail address, or null
 * @param emailIsVerified whether the issuer knows that the address is theirs
 * @param name the name for people
 * @param tenants names of our tenants, in lower case; the first is the one in whose name they act
 * @param roles names of our roles, in lower case
 * @param administrator whether they are a system administrator
 * @param issued when the token was issued
 */
record Identity(
        String issuer,
        String subject,
        String email,
        boolean emailIsVerified,
        String name,
        List<String> tenants,
        List<String> roles,
        boolean administrator,
        Instant issued) {

    private static final int LONGEST_SUBJECT = 255;
    private static final int LONGEST_EMAIL = 254;
    private static final int LONGEST_NAME = 100;

    /** Who the token is of, or null if it names nobody. */
    static Identity of(Tokens.Verified token) {
        var settings = token.issuer();
        var claims = token.claims();
        var where = settings.claims();
        var subject = OidcClaims.text(claims, where.subject());
        if (subject == null || subject.length() > LONGEST_SUBJECT || !subject.equals(clean(subject))) {
            return null;
        }
        var email = clean(OidcClaims.text(claims, where.email()));
        if (email != null && (email.length() > LONGEST_EMAIL || !email.matches("[^@\\s]+@[^@\\s]+"))) {
            email = null;
        }
        var name = Objects.requireNonNullElse(
                clean(OidcClaims.text(claims, where.name())), Objects.requireNonNullElse(email, subject));
        var values = new TreeSet<String>();
        where.roles().forEach(path -> values.addAll(OidcClaims.texts(claims, path)));
        var tenants = ours(settings.tenants(), OidcClaims.texts(claims, where.tenant()));
        if (tenants.isEmpty() && settings.tenant() != null) {
            tenants.add(settings.tenant().toLowerCase(Locale.ROOT));
        }
        return new Identity(
                settings.issuer(),
                subject,
                email,
                Boolean.TRUE.equals(claims.getValue("email_verified")),
                name.length() > LONGEST_NAME ? name.substring(0, LONGEST_NAME) : name,
                List.copyOf(tenants),
                List.copyOf(ours(settings.roles(), values)),
                settings.administrators().stream().anyMatch(values::contains),
                claims.getValue("iat") instanceof Number iat ? Instant.ofEpochSecond(iat.longValue()) : Instant.EPOCH);
    }

    private static SequencedSet<String> ours(Map<String, String> names, Iterable<String> values) {
        var found = new LinkedHashSet<String>();
        for (var value : values) {
            var name = names.get(value);
            if (name != null) {
                found.add(name.toLowerCase(Locale.ROOT));
            }
        }
        return found;
    }

    /** Without what no name has in it, and PostgreSQL may not store. */
    private static String clean(String text) {
        var cleaned = text == null ? "" : text.replaceAll("\\p{Cntrl}", "").strip();
        return cleaned.isEmpty() ? null : cleaned;
    }

    /** Changes when anything changes that is taken over from a token. */
    String digest() {
        var all = new JsonArray()
                .add(new JsonObject()
                        .put("email", email)
                        .put("verified", emailIsVerified)
                        .put("name", name)
                        .put("administrator", administrator))
                .add(new JsonArray(tenants))
                .add(new JsonArray(roles));
        return ApiKey.hash(new String(all.toBuffer().getBytes(), StandardCharsets.UTF_8));
    }
}
