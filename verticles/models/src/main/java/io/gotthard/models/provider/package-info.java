/** One file for each protocol that an upstream may speak, behind {@link io.gotthard.models.provider.Provider}. */
package io.gotthard.models.provider;
