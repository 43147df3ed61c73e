package io.gotthard.assistants;

import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.InstantSource;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The functions that are always there. */
final class BuiltIns {

    /** What they are called. */
    static final List<String> NAMES = List.of("time", "calculator", "fetch");

    private static final long MOST_FETCHED = 4 << 20;

    private final ToolsSettings settings;
    private final Outside outside;
    private final InstantSource clock;

    BuiltIns(ToolsSettings settings, Outside outside, InstantSource clock) {
        this.settings = settings;
        this.outside = outside;
        this.clock = clock;
    }

    /** The one that a definition names. */
    Opened open(JsonObject definition) {
        var name = definition.getString("name");
        boolean approval = ToolDefinitions.needsApproval(definition, name);
        var offer = switch (name) {
            case "time" ->
                new Offer(
                        name,
                        name,
                        "Tells the date and the time of day.",
                        one("time_zone", "A time zone such as Europe/Zurich; UTC if it is not said.", false),
                        approval,
                        this::time);
            case "calculator" ->
                new Offer(
                        name,
                        name,
                        "Works out a calculation exactly: + - * / % (remainder) ^ ( ), pi, e and the functions "
                                + "abs, ceil, cos, exp, floor, ln, log, max, min, round, sin, sqrt, tan.",
                        one("expression", "Such as (12.5 + 3) * 4 or round(100 / 7, 2).", true),
                        approval,
                        BuiltIns::calculate);
            default ->
                new Offer(
                        name,
                        name,
                        "Reads a page or a document of the Internet, as text.",
                        one("url", "An http or https URL.", true),
                        approval,
                        this::fetch);
        };
        return Opened.of(List.of(offer), List.of());
    }

    private static JsonObject one(String name, String description, boolean required) {
        return new JsonObject()
                .put("type", "object")
                .put(
                        "properties",
                        new JsonObject()
                                .put(
                                        name,
                                        new JsonObject().put("type", "string").put("description", description)))
                .put("required", required ? new JsonArray().add(name) : new JsonArray())
                .put("additionalProperties", false);
    }

    private Future<Tool.Result> time(Tool.Invocation invocation) {
        var zone = invocation.arguments().getString("time_zone", "UTC");
        try {
            var now = ZonedDateTime.ofInstant(clock.instant(), ZoneId.of(zone)).truncatedTo(ChronoUnit.SECONDS);
            return done(new JsonObject()
                    .put("time", now.format(DateTimeFormatter.ISO_OFFSET_DATE_TIME))
                    .put("time_zone", zone)
                    .put("weekday", now.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH))
                    .encode());
        } catch (DateTimeException e) {
            throw new Trouble("There is no such time zone; one is called such as Europe/Zurich or UTC.");
        }
    }

    private static Future<Tool.Result> calculate(Tool.Invocation invocation) {
        return done(Calculator.written(Calculator.value(invocation.arguments().getString("expression"))));
    }

    private Future<Tool.Result> fetch(Tool.Invocation invocation) {
        var ask = new Outside.Ask(
                HttpMethod.GET,
                Outside.uri(invocation.arguments().getString("url").strip()),
                Map.of(
                        "accept",
                        "text/html, text/*;q=0.9, application/json;q=0.9, */*;q=0.1",
                        "user-agent",
                        "gotthard"),
                null,
                Tools.within(settings, invocation),
                MOST_FETCHED,
                Outside.Redirects.ANYWHERE);
        return outside.ask(ask).map(said -> {
            if (said.status() < 200 || said.status() >= 300) {
                return new Tool.Result(false, "The server answered with status " + said.status() + ".");
            }
            var text = PlainText.of(said.type(), said.body());
            var note = said.cut() ? "\n[cut: only the first " + MOST_FETCHED + " bytes were read]" : "";
            return new Tool.Result(true, text.isEmpty() ? "There is no text." : text + note);
        });
    }

    private static Future<Tool.Result> done(String text) {
        return Future.succeededFuture(new Tool.Result(true, text));
    }
}
