package io.gotthard.platform;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The addresses that the contracts of a source tree name: {@code openapi/*.yaml} and {@code event-contracts/asyncapi.yaml}. */
final class Contracts {

    private final Path root;
    private final Map<?, ?> async;

    Contracts(Path root) {
        this.root = root;
        this.async = yaml(root.resolve("event-contracts/asyncapi.yaml"));
    }

    /** What HTTP clients reach, by address, with its operation id. */
    Map<String, String> http() {
        return openApis().stream()
                .flatMap(api -> maps(api.get("paths")))
                .flatMap(path -> maps(path))
                .filter(operation -> operation.containsKey("x-vertx-event-bus"))
                .collect(Collectors.toMap(operation -> (String) operation.get("x-vertx-event-bus"), operation ->
                        (String) operation.get("operationId")));
    }

    /** The operations of a file that have no address or no id. */
    List<String> incomplete() {
        return openApis().stream()
                .flatMap(api -> maps(api.get("paths")))
                .flatMap(path -> maps(path))
                .filter(operation -> operation.containsKey("responses"))
                .filter(operation ->
                        !operation.containsKey("x-vertx-event-bus") || !operation.containsKey("operationId"))
                .map(Object::toString)
                .toList();
    }

    /** What is answered on the bus, as far as {@code tag} says who asks it. */
    Set<String> answered(String tag) {
        return addresses(operation ->
                operation.containsKey("reply") && operation.toString().contains("name=" + tag));
    }

    /** All that is answered on the bus. */
    Set<String> answered() {
        return addresses(operation -> operation.containsKey("reply"));
    }

    /** What is told on the bus without an answer; not what is told of each thread, which is no address between verticles. */
    Set<String> events() {
        var events = addresses(operation -> !operation.containsKey("reply") && !isOfSockets(operation));
        events.removeIf(address -> address.contains("{"));
        return events;
    }

    /** What is said over WebSockets is not said on the bus. */
    private static boolean isOfSockets(Map<?, ?> operation) {
        return operation.toString().contains("name=socket");
    }

    /** Channels that no operation uses, and operations and channels whose name is not their address. */
    List<String> unrelated() {
        var channels = (Map<?, ?>) async.get("channels");
        var found = new ArrayList<String>();
        channels.forEach((name, channel) -> {
            var address = ((Map<?, ?>) channel).get("address");
            if (address != null && !name.equals(address) && !address.toString().startsWith("/")) {
                found.add("channel " + name + " has the address " + address);
            }
        });
        var operations = (Map<?, ?>) async.get("operations");
        operations.forEach((name, operation) -> {
            if (!name.equals(address((Map<?, ?>) operation))) {
                found.add("operation " + name + " is at channel " + address((Map<?, ?>) operation));
            }
        });
        channels.keySet().stream()
                .filter(name -> !name.equals("reply") && !operations.containsKey(name))
                .forEach(name -> found.add("channel " + name + " has no operation"));
        return found;
    }

    /** References in the event contract that lead nowhere. */
    List<String> broken() {
        var found = new ArrayList<String>();
        references(async).forEach(reference -> {
            if (!reference.startsWith("#/")) {
                if (!Files.exists(root.resolve("event-contracts").resolve(reference))) {
                    found.add(reference);
                }
                return;
            }
            Object at = async;
            for (var step : reference.substring(2).split("/")) {
                at = at instanceof Map<?, ?> map ? map.get(step) : null;
            }
            if (at == null) {
                found.add(reference);
            }
        });
        return found;
    }

    /** Addresses that the code of all modules names as a whole literal, in small letters only, as events are. */
    Set<String> literalEvents() {
        var verticles = names(root.resolve("verticles"));
        var literal = Pattern.compile("\"((?:bus|" + String.join("|", verticles) + ")(?:\\.[a-z]+)+)\"");
        try (var files = Files.walk(root)) {
            return files.filter(file -> file.toString().contains("/src/main/java/")
                            && file.toString().endsWith(".java"))
                    .flatMap(file -> literal.matcher(read(file)).results())
                    .map(match -> match.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Set<String> addresses(Predicate<Map<?, ?>> wanted) {
        return maps(async.get("operations"))
                .filter(wanted)
                .map(Contracts::address)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static String address(Map<?, ?> operation) {
        return ((String) ((Map<?, ?>) operation.get("channel")).get("$ref")).replace("#/channels/", "");
    }

    private static Stream<String> references(Object node) {
        return switch (node) {
            case Map<?, ?> map ->
                map.entrySet().stream()
                        .flatMap(entry -> "$ref".equals(entry.getKey())
                                ? Stream.of((String) entry.getValue())
                                : references(entry.getValue()));
            case List<?> list -> list.stream().flatMap(Contracts::references);
            case null, default -> Stream.empty();
        };
    }

    private static Stream<Map<?, ?>> maps(Object map) {
        return ((Map<?, ?>) map).values().stream().filter(Map.class::isInstance).map(Map.class::cast);
    }

    private List<Map<?, ?>> openApis() {
        var folder = root.resolve("openapi");
        return names(folder).stream()
                .filter(name -> name.endsWith(".yaml"))
                .<Map<?, ?>>map(name -> yaml(folder.resolve(name)))
                .toList();
    }

    private static List<String> names(Path folder) {
        try (var files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Map<?, ?> yaml(Path file) {
        return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(read(file));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
