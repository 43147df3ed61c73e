package io.gotthard.router;

import java.util.Map;

/**
 * A JSON Schema of a contract, compiled once, to check request bodies inline on the event loop.
 *
 * <p>It takes the keywords the contracts use: {@code $ref} within the document, {@code type}, {@code enum},
 * {@code const}, {@code properties}, {@code required}, {@code additionalProperties}, {@code items}, limits for arrays,
 * texts and numbers, {@code pattern}, {@code oneOf}, {@code anyOf}, {@code allOf} and {@code not}. {@code format} is
 * an annotation. A schema with any other keyword does not compile, so nothing in a contract is silently unchecked. A
 * check takes time linear in the size of the value, and follows a recursive schema {@value Check.Recursion#DEEPEST}
 * levels deep. Instances are immutable and may be shared by threads.
 */
final class Schema {
    private final Check check;

    private Schema(Check check) {
        this.check = check;
    }

    /**
     * @param document the whole contract, for references
     * @param pointer where in it the schema is, as in a {@code $ref}
     * @throws IllegalArgumentException if the schema cannot be checked in full; the message says where and why
     */
    static Schema compile(Map<String, Object> document, String pointer) {
        return new Schema(new SchemaCompiler(document).compile(pointer));
    }

    /**
     * Checks a value made of {@code Map}, {@code List}, {@code String}, {@code Number}, {@code Boolean} and null, as
     * Jackson reads it. It is not changed.
     *
     * @return null if the value is valid, else the first thing that is wrong with it
     */
    Violation check(Object value) {
        Finding finding = check.check(value, true, 0);
        return finding == null ? null : finding.violation();
    }

    /** The same for a value that has a name in the request, which is then the violation's {@code param}. */
    Violation check(Object value, String name) {
        Finding finding = check.check(value, true, 0);
        return finding == null ? null : finding.at(name).violation();
    }
}
