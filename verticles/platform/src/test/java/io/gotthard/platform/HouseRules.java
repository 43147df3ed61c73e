package io.gotthard.platform;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.Charset;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.xml.sax.SAXException;

/**
 * The conventions a compiler does not know, as questions to a source tree. Each method returns one line per violation, with
 * the file and, where there is one, the line; an empty list means that the rule is kept.
 */
final class HouseRules {
    static final int MAX_LINES = 299;

    private static final Set<String> NOT_OURS =
            Set.of(".git", ".idea", ".venv", ".vscode", "node_modules", "target", "__pycache__");

    /** Whose standard output is for people: the platform prints where it listens, the other two are command-line tools. */
    private static final List<String> MAY_PRINT = List.of("verticles/platform/", "bench/", "format/");

    /** What a module may need of our own; a verticle that is not named here may need {@link #A_VERTICLE_NEEDS}. */
    private static final Map<String, Set<String>> MAY_NEED =
            Map.of("event-contracts", Set.of(), "openapi", Set.of(), "kit", Set.of("event-contracts"));

    private static final Set<String> A_VERTICLE_NEEDS = Set.of("kit", "event-contracts", "openapi");

    private static final Pattern NOT_CODE = Pattern.compile("\"\"\"(?s:.*?)\"\"\"|\"(?:[^\"\\\\\\n"
            + "]++|\\\\.)*+\"|'(?:[^'\\\\\\n"
            + "]|\\\\.[^']*)'|//[^\\n"
            + "]*|/\\*(?s:.*?)\\*/");
    private static final Pattern DECLARED = Pattern.compile("\\b(?:class|interface|record|enum)\\s+([A-Z]\\w*)");
    private static final Pattern VAGUE = Pattern.compile("Abstract\\w*|\\w*(?:Impl|Manager|Helper|Utils?|DTO|Dto)");

    /** In parts, so that this file does not name what it forbids. */
    private static final List<String> REGISTRIES = Stream.of(
                    List.of("repo", "maven", "apache", "org"),
                    List.of("repo1", "maven", "org"),
                    List.of("central", "sonatype", "com"),
                    List.of("oss", "sonatype", "org"),
                    List.of("registry", "npmjs", "org"),
                    List.of("registry", "yarnpkg", "com"),
                    List.of("files", "pythonhosted", "org"),
                    List.of("pypi", "org"),
                    List.of("plugins", "gradle", "org"),
                    List.of("static", "crates", "io"),
                    List.of("proxy", "golang", "org"))
            .map(parts -> String.join(".", parts))
            .toList();

    private final Path root;

    HouseRules(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    /** The repository that {@code inside} is in: the nearest folder upwards that holds {@code verticles}. */
    static Path repository(Path inside) {
        var folder = inside.toAbsolutePath().normalize();
        while (!Files.isDirectory(folder.resolve("verticles"))) {
            folder = folder.getParent();
        }
        return folder;
    }

    List<String> longFiles() {
        return files(name -> name.endsWith(".java") || name.endsWith(".ts") || name.endsWith(".py")).stream()
                .map(file -> Map.entry(file, read(file).lines().count()))
                .filter(entry -> entry.getValue() > MAX_LINES)
                .map(entry -> name(entry.getKey()) + " has " + entry.getValue() + " lines, at most " + MAX_LINES)
                .toList();
    }

    List<String> vagueNames() {
        return matches(DECLARED, _ -> true).stream()
                .filter(match -> VAGUE.matcher(match.text).matches())
                .map(match -> match.where + " " + match.text + " does not say what it is")
                .toList();
    }

    List<String> printing() {
        return matches(
                        Pattern.compile("\\b(System\\.out)\\b"),
                        file -> MAY_PRINT.stream().noneMatch(file::startsWith))
                .stream()
                .map(match -> match.where + " prints; use a logger")
                .toList();
    }

    List<String> sleepingTests() {
        return matches(Pattern.compile("\\b(Thread\\.sleep)\\b"), file -> file.contains("src/test/")).stream()
                .map(match -> match.where + " sleeps; wait for a condition with a bound")
                .toList();
    }

    List<String> registryHosts() {
        var found = new ArrayList<String>();
        for (var file : files(_ -> true)) {
            // A byte per character, because not every file is text; the hosts are ASCII.
            var content = read(file, ISO_8859_1);
            REGISTRIES.stream()
                    .filter(content::contains)
                    .forEach(host -> found.add(name(file) + " names the package registry " + host));
        }
        return found;
    }

    List<String> wrongDependencies() {
        var found = new ArrayList<String>();
        for (var pom : files("pom.xml"::equals)) {
            var module = pom.getParent().getFileName().toString();
            var isVerticle = name(pom).startsWith("verticles/") && !module.equals("platform");
            var allowed = MAY_NEED.getOrDefault(module, isVerticle ? A_VERTICLE_NEEDS : null);
            if (allowed != null) {
                ownDependencies(pom).stream()
                        .filter(needed -> !allowed.contains(needed))
                        .forEach(needed -> found.add(name(pom) + " depends on " + needed + "; allowed: "
                                + String.join(", ", new TreeSet<>(allowed)) + " (ask on the bus instead)"));
            }
        }
        return found;
    }

    List<String> packagesWithoutIntroduction() {
        var packages = new TreeSet<Path>();
        for (var file : files(name -> name.endsWith(".java"))) {
            var module = name(file).substring(0, Math.max(0, name(file).indexOf("src/")));
            var isMain = name(file).contains("src/main/java/");
            var hasMain = Files.isDirectory(root.resolve(module).resolve("src/main/java"));
            if (isMain || !hasMain) {
                packages.add(file.getParent());
            }
        }
        return packages.stream()
                .filter(folder -> !Files.exists(folder.resolve("package-info.java")))
                .map(folder -> name(folder) + " has no package-info.java a newcomer can start from")
                .toList();
    }

    private record Match(String where, String text) {}

    /** Where the first group of {@code pattern} is found in Java code, comments and literals left out. */
    private List<Match> matches(Pattern pattern, Predicate<String> inFile) {
        var found = new ArrayList<Match>();
        for (var file : files(name -> name.endsWith(".java"))) {
            if (inFile.test(name(file))) {
                var code = code(read(file));
                var matcher = pattern.matcher(code);
                while (matcher.find()) {
                    var line = 1
                            + code.substring(0, matcher.start())
                                    .chars()
                                    .filter(c -> c == '\n')
                                    .count();
                    found.add(new Match(name(file) + ":" + line, matcher.group(1)));
                }
            }
        }
        return found;
    }

    private static String code(String source) {
        return NOT_CODE.matcher(source).replaceAll(match -> match.group().replaceAll("[^\\n]", " "));
    }

    private Set<String> ownDependencies(Path pom) {
        try {
            var document = DocumentBuilderFactory.newDefaultInstance()
                    .newDocumentBuilder()
                    .parse(pom.toFile());
            var own = new TreeSet<String>();
            var dependencies = document.getElementsByTagName("dependency");
            for (var i = 0; i < dependencies.getLength(); i++) {
                var dependency = (Element) dependencies.item(i);
                if (text(dependency, "groupId").matches("io\\.gotthard|\\$\\{project\\.groupId}")) {
                    own.add(text(dependency, "artifactId"));
                }
            }
            return own;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (SAXException | ParserConfigurationException e) {
            throw new IllegalStateException(pom + " is not XML", e);
        }
    }

    private static String text(Element element, String child) {
        Node found = element.getElementsByTagName(child).item(0);
        return found == null ? "" : found.getTextContent().strip();
    }

    private Set<Path> files(Predicate<String> withName) {
        var found = new TreeSet<Path>();
        try {
            Files.walkFileTree(root, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    // A platform started here keeps its database in the root's data folder.
                    var skip =
                            NOT_OURS.contains(folder.getFileName().toString()) || folder.equals(root.resolve("data"));
                    return skip ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    var name = file.getFileName().toString();
                    if (attributes.isRegularFile() && !name.endsWith(".log") && withName.test(name)) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }

    private String name(Path file) {
        return root.relativize(file).toString().replace('\\', '/');
    }

    private static String read(Path file) {
        return read(file, UTF_8);
    }

    private static String read(Path file, Charset charset) {
        try {
            return Files.readString(file, charset);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read as " + charset, e);
        }
    }
}
