package io.gotthard.kit;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * What a settings record's component is when the file says nothing about it: the text one would have written there, such
 * as {@code "30s"}; a nested record's is <code>"{}"</code>, a list's {@code "[]"}, a map's <code>"{}"</code>.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
public @interface Default {
    String value();
}
