package io.gotthard.accounts;

import io.gotthard.kit.Absent;
import io.gotthard.kit.Default;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An OpenID Connect issuer whose tokens are believed; one entry of section {@code oidc} of the configuration.
 *
 * @param issuer its name as it stands in its tokens' {@code iss}, a URL; https, or http on this machine
 * @param audience what has to be in the {@code aud} of a token that is to be good here
 * @param algorithms the signatures that are accepted; only asymmetric ones can be
 * @param clockSkew how far the issuer's clock may be from ours
 * @param claims where in a token is said who somebody is
 * @param tenants the name of our tenant for each value of the claim {@code claims.tenant}; others give no tenant
 * @param tenant the name of our tenant for who has none by the claim; null gives none
 * @param roles the name of our role for each value of the claims {@code claims.roles}; others give no role
 * @param administrators values of these claims that make a system administrator
 * @param clientId our name at the issuer for the login of browsers, or null if it is not used for that
 * @param clientSecret our password at the issuer, or null if we have none there
 * @param scopes what a login asks for
 * @param session how long a login lasts
 */
public record OidcIssuer(
        String issuer,
        String audience,
        @Default("[RS256, ES256]") List<String> algorithms,
        @Default("30s") Duration clockSkew,
        @Default("{}") OidcClaims claims,
        @Default("{}") Map<String, String> tenants,
        @Absent String tenant,
        @Default("{}") Map<String, String> roles,
        @Default("[]") List<String> administrators,
        @Absent String clientId,
        @Absent String clientSecret,
        @Default("[openid, profile, email]") List<String> scopes,
        @Default("8h") Duration session) {

    private static final Set<String> ASYMMETRIC =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

    private static final Duration MOST_SKEW = Duration.ofMinutes(5);

    /** Checks what no type says. */
    public OidcIssuer {
        if (!isSafe(issuer)) {
            throw new IllegalArgumentException("issuer must be an https URL, or http on this machine");
        }
        if (audience.isBlank()) {
            throw new IllegalArgumentException("audience must not be empty");
        }
        if (algorithms.isEmpty() || !ASYMMETRIC.containsAll(algorithms)) {
            throw new IllegalArgumentException("algorithms can be "
                    + String.join(", ", ASYMMETRIC.stream().sorted().toList()));
        }
        if (clockSkew.isNegative() || clockSkew.compareTo(MOST_SKEW) > 0) {
            throw new IllegalArgumentException("clock_skew can be up to 5m");
        }
        if (session.isNegative() || session.isZero()) {
            throw new IllegalArgumentException("session must be longer than nothing");
        }
        if (clientSecret != null && clientId == null) {
            throw new IllegalArgumentException("client_secret needs a client_id");
        }
        if (!scopes.contains("openid")) {
            throw new IllegalArgumentException("scopes must have openid");
        }
    }

    /**
     * Refuses what two of them can't both be.
     *
     * @throws IllegalArgumentException with the reason
     */
    public static void check(List<OidcIssuer> issuers) {
        var names = issuers.stream().map(OidcIssuer::issuer).toList();
        if (Set.copyOf(names).size() != names.size()) {
            throw new IllegalArgumentException("oidc has an issuer twice");
        }
    }

    /** Nobody on the way can read or change what is got from there. */
    static boolean isSafe(String url) {
        URI uri;
        try {
            uri = URI.create(url);
        } catch (IllegalArgumentException e) {
            return false;
        }
        if (uri.getHost() == null || uri.getRawUserInfo() != null || uri.getRawFragment() != null) {
            return false;
        }
        return "https".equals(uri.getScheme())
                || ("http".equals(uri.getScheme())
                        && Set.of("localhost", "127.0.0.1", "[::1]").contains(uri.getHost()));
    }

    /** Without the secret. */
    @Override
    public String toString() {
        return "OidcIssuer[" + issuer + "]";
    }
}
