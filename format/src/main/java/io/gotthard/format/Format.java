package io.gotthard.format;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import com.palantir.javaformat.java.JavaFormatterOptions.Style;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Checks or repairs the format of every source file below a folder.
 *
 * <p>{@code check} changes nothing; it lists the files that are not formatted. {@code apply} rewrites them. A file that does
 * not parse, or is not UTF-8, is reported and never rewritten. Bytes under {@code src/test/resources} are left alone:
 * recorded answers are evidence.
 */
public final class Format {
    private static final Set<String> TEXT =
            Set.of("css", "html", "js", "md", "mjs", "properties", "py", "sh", "sql", "ts", "xml", "yaml", "yml");

    private static final Set<String> TEXT_NAMES =
            Set.of(".dockerignore", ".editorconfig", ".gitattributes", ".gitignore", "Dockerfile", "NOTICE", "run");

    private static final Set<String> NOT_OURS = Set.of(".git", ".idea", ".venv", ".vscode", "node_modules", "target");

    private final Formatter java = Formatter.createFormatter(
            JavaFormatterOptions.builder().style(Style.PALANTIR).build());
    private final Path root;

    Format(Path root) {
        this.root = root.toAbsolutePath().normalize();
    }

    /**
     * Runs the formatter.
     *
     * @param args {@code check} or {@code apply}, and the folder to work on; the exit status is 1 when a file is not
     *     formatted or does not parse, and 2 when the arguments are wrong
     * @throws IOException when a file cannot be read or written
     */
    public static void main(String[] args) throws IOException {
        if (args.length != 2 || !Set.of("check", "apply").contains(args[0])) {
            System.err.println("usage: Format check|apply <folder>");
            System.exit(2);
        }
        var apply = args[0].equals("apply");
        var result = new Format(Path.of(args[1])).run(apply);
        result.broken.forEach(problem -> System.err.println("[format] cannot format " + problem));
        if (apply) {
            result.changed.forEach(file -> System.out.println("[format] rewrote " + file));
        } else if (!result.changed.isEmpty()) {
            System.err.println("[format] not formatted:");
            result.changed.forEach(file -> System.err.println("[format]   " + file));
            System.err.println("[format] repair with: mvn -q verify -pl format -Dformat=apply");
        }
        if (!result.broken.isEmpty() || (!apply && !result.changed.isEmpty())) {
            System.exit(1);
        }
    }

    /** What a run found: the files that were not formatted, and the ones that could not be, with the reason. */
    record Result(List<Path> changed, List<String> broken) {}

    Result run(boolean apply) throws IOException {
        var result = new Result(new ArrayList<>(), new ArrayList<>());
        for (var file : files()) {
            var name = root.relativize(file);
            try {
                var before = Files.readString(file);
                var after = file.toString().endsWith(".java") ? formatJava(before) : formatText(before);
                if (!after.equals(before)) {
                    result.changed.add(name);
                    if (apply) {
                        Files.write(file, after.getBytes(UTF_8));
                    }
                }
            } catch (CharacterCodingException _) {
                result.broken.add(name + ": not UTF-8");
            } catch (FormatterException e) {
                // The formatter knows no bare `_` pattern yet, and says only that it expected a token there.
                var hint = e.getMessage().contains("'_'") ? " (write `var _` instead of a bare `_` pattern)" : "";
                result.broken.add(name + ":" + e.getMessage() + hint);
            }
        }
        return result;
    }

    String formatJava(String source) throws FormatterException {
        return java.formatSourceAndFixImports(source.replace("\r\n", "\n"));
    }

    /** No tabs, no carriage returns, no spaces at a line's end, exactly one newline at the end of a text with any content. */
    static String formatText(String text) {
        var lines =
                text.replace("\t", "    ").lines().map(String::stripTrailing).toList();
        var joined = String.join("\n", lines).stripTrailing();
        return joined.isEmpty() ? "" : joined + "\n";
    }

    private Set<Path> files() throws IOException {
        var found = new TreeSet<Path>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                var ours = !NOT_OURS.contains(folder.getFileName().toString())
                        && !folder.endsWith("src/test/resources")
                        && !folder.equals(root.resolve("data"));
                return ours ? FileVisitResult.CONTINUE : FileVisitResult.SKIP_SUBTREE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (attributes.isRegularFile() && isSource(file.getFileName().toString())) {
                    found.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        return found;
    }

    private static boolean isSource(String name) {
        var ending = name.substring(name.lastIndexOf('.') + 1);
        return ending.equals("java") || TEXT.contains(ending) || TEXT_NAMES.contains(name);
    }
}
