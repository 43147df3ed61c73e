/**
 * The platform: {@link io.gotthard.platform.Main} starts {@link io.gotthard.platform.Gotthard}, which reads the
 * {@link io.gotthard.platform.Configuration}, brings up the database and deploys the verticles in order. {@link io.gotthard.platform.ConfigurationWatch} reads it again
 * when its file changes, and {@link io.gotthard.platform.LiteLlm} understands that of another gateway.
 */
package io.gotthard.platform;
