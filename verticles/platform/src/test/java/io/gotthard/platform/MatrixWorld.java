package io.gotthard.platform;

import com.nimbusds.jwt.JWTClaimsSet;
import io.gotthard.kit.Database;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Date;
import java.util.HexFormat;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * A tenant with a user, a role, a service account, a key, an assistant and a thread to act upon, and somebody with a credential who is
 * going to: made anew for each request, so that what one request changes is of no concern to the next. In the thread is a run that waits
 * for a person and for a function of its caller. Who asks is one of its owners, but what another tenant's administrator and the system's
 * are good for is another thing.
 */
final class MatrixWorld {

    /** Who asks, seen from the tenant that the request is about. */
    enum Role {
        NONE("no role", "{}"),
        OTHER("admin of another tenant", "{gotthard.admin.>}"),
        USER("user", "{gotthard.user.>}"),
        ADMIN("admin", "{gotthard.admin.>}"),
        SYSTEM("system administrator", "{}");

        final String shown;
        final String rules;

        Role(String shown, String rules) {
            this.shown = shown;
            this.rules = rules;
        }
    }

    /** With what. */
    enum Credential {
        KEY("null", "null", "null", "null"),
        SCOPED("'{gotthard.user.model.demo-chat}'", "null", "null", "null"),
        BOUND("null", "'demo-chat'", "null", "null"),
        EXPIRED("null", "null", "now() - interval '1 second'", "null"),
        REVOKED("null", "null", "null", "now()"),
        TOKEN("null", "null", "null", "null"),
        SESSION("null", "null", "null", "null");

        final String columns;

        Credential(String scopes, String boundModel, String expires, String revoked) {
            this.columns = String.join(", ", scopes, boundModel, expires, revoked);
        }
    }

    private static final String DIGITS = "abcdefghijklmnopqrstuvwxyz234567";
    private static final Random RANDOM = new SecureRandom();
    private static final Pattern ID = Pattern.compile("\\b(usr|ten|rol|svc|key|thr|run|task)_[a-z0-9]+");
    /** The assistant that the contract's examples name. */
    private static final String ASSISTANT = """
        {"description":"Helps.","model":"demo-chat","instructions":"","parameters":{},"tools":[],"visibility":"tenant","owner":"usr_t#",
        "limits":{"steps":25,"depth":5,"seconds":1800,"tokens":0,"cost":null,"attempts":5}}
        """;

    private static final Pattern EMAIL = Pattern.compile("\"([^\"@ ]+@[^\"@ ]+)\"");

    private final TestIssuer issuer;
    private final Credential credential;
    private final String tag = tag();
    private final String key = "sk-gotthard-" + tag;

    MatrixWorld(Database database, TestIssuer issuer, Role role, Credential credential) throws Exception {
        this.issuer = issuer;
        this.credential = credential;
        var statements = """
            insert into accounts.tenants (id, name) values ('ten_t#', 'Home #'), ('ten_o#', 'Other #');
            insert into accounts.roles (id, tenant, name, rules) values
                ('rol_t#', 'ten_t#', 'Target', '{gotthard.user.model.demo-chat}'), ('rol_p#', '@tenant', 'Theirs', '@rules');
            insert into accounts.accounts (id, kind, email, name, tenant, administrator) values
                ('usr_t#', 'user', 't#@example.org', 'Target', null, false),
                ('svc_t#', 'service', null, 'Target', 'ten_t#', false),
                ('usr_p#', 'user', 'p#@example.org', 'Asker', null, @system);
            insert into accounts.memberships (account, tenant) values
                ('usr_t#', 'ten_t#'), ('svc_t#', 'ten_t#'), ('usr_p#', '@tenant');
            insert into accounts.role_assignments (account, tenant, role) values ('usr_p#', '@tenant', 'rol_p#');
            insert into accounts.api_keys (id, hash, account, tenant, name, scopes, bound_model, expires_at, revoked_at) values
                ('key_t#', '@other', 'usr_t#', 'ten_t#', 'Target', null, null, null, null),
                ('key_p#', '@hash', 'usr_p#', @acting, 'Theirs', @columns);
            insert into accounts.identities (issuer, subject, account, tenant, claims, issued_at) values
                ('@issuer', '#', 'usr_p#', @acting, 'as they are here', now() + interval '1 day');
            insert into accounts.sessions (hash, account, tenant, issuer, expires_at) values
                ('@hash', 'usr_p#', @acting, '@issuer', now() + interval '1 hour');
            insert into assistants.agents (class, name, tenant, owner, version) values
                ('Assistant', 'helper', 'ten_t#', 'usr_t#', 1);
            insert into assistants.agent_versions (tenant, class, name, version, definition, created_by) values
                ('ten_t#', 'Assistant', 'helper', 1, '@assistant', 'usr_t#');
            with thread as (insert into assistants.threads (id, tenant, owner, title, last_seq)
                values ('thr_t#', 'ten_t#', 'usr_t#', 'Target', 1) returning number),
            event as (insert into assistants.events (thread, seq, type, body) select number, 1, 'thread.created',
                '{"id":"evt_0123456789abcdef01234567","type":"thread.created","created_at":"2026-01-31T12:00:00Z","author":"usr_t#","data":{}}'
                from thread),
            run as (insert into assistants.runs (id, thread, first_seq, display, root, agent_class, agent, agent_tenant, agent_version,
                    definition, status, request_id, caller, request, limits, left_ms, attempt)
                select 'run_t#', number, 1, 'run_t#', 'run_t#', 'Assistant', 'helper', 'ten_t#', 1, '@assistant', 'requires_action',
                    'req_t#', '{"key":"key_t#","account":"usr_t#","tenant":"ten_t#"}', '{"functions":[],"overrides":{}}',
                    '@assistant'::jsonb -> 'limits', 60000, 1
                from thread),
            task as (insert into assistants.tasks (id, run, thread, call_id, kind, request)
                select 'task_t#', 'run_t#', number, 'call_c', 'choice', '{"prompt":"Which one?","options":["red","blue"]}'::jsonb
                from thread
                union all select 'task_f#', 'run_t#', number, 'call_x', 'function', '{"tool":"weather","arguments":"{}"}' from thread)
            insert into assistants.members (thread, account, role)
                select number, account, 'owner' from thread, unnest(array['usr_t#', 'usr_p#']) account;
            """;
        var tenant = role == Role.OTHER ? "ten_o#" : "ten_t#";
        var sql = statements
                .replace("@assistant", ASSISTANT)
                .replace("@tenant", tenant)
                .replace("@rules", role.rules)
                .replace("@system", Boolean.toString(role == Role.SYSTEM))
                .replace("@acting", role == Role.SYSTEM ? "null" : "'" + tenant + "'")
                .replace("@other", hash(tag))
                .replace("@hash", hash(key))
                .replace("@columns", credential.columns)
                .replace("@issuer", issuer.name())
                .replace("#", tag);
        database.pool()
                .query(sql)
                .execute()
                .toCompletionStage()
                .toCompletableFuture()
                .get(1, TimeUnit.MINUTES);
    }

    private static String tag() {
        var text = new StringBuilder();
        RANDOM.ints(23, 0, DIGITS.length()).forEach(digit -> text.append(DIGITS.charAt(digit)));
        return text.toString();
    }

    private static String hash(String text) throws NoSuchAlgorithmException {
        var digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        return HexFormat.of().formatHex(digest);
    }

    /** Says who asks. */
    void identify(HttpRequest.Builder request) {
        if (credential == Credential.SESSION) {
            request.header("cookie", "gotthard-session=" + key).header("sec-fetch-site", "same-origin");
        } else {
            request.header("authorization", "Bearer " + (credential == Credential.TOKEN ? token() : key));
        }
    }

    private String token() {
        var now = Instant.now();
        return OidcPlatform.signed(
                issuer.key(),
                new JWTClaimsSet.Builder()
                        .issuer(issuer.name())
                        .audience(OidcPlatform.AUDIENCE)
                        .subject(tag)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(600)))
                        .build());
    }

    /** A path, with the ids of this world in place of the examples'. */
    String fill(String target) {
        return ID.matcher(target).replaceAll("$1_t" + tag);
    }

    /** A body, with the ids of this world in place of the examples', and names that nobody has yet. */
    String fill(JsonObject body) {
        var filled = body.copy();
        if (body.getValue("name") instanceof String name) {
            filled.put("name", name + "-" + tag);
        }
        return EMAIL.matcher(fill(filled.encode())).replaceAll("\"n" + tag + ".$1\"");
    }
}
