# The released program: `nix-env -f default.nix -i`, or `pkgs.callPackage ./default.nix { }` in a
# configuration of your own. On Linux it is static, so nothing of it is patched.
{ pkgs ? import <nixpkgs> { }
, lib ? pkgs.lib
, stdenvNoCC ? pkgs.stdenvNoCC
, fetchurl ? pkgs.fetchurl
}:

let
  sources = {
    x86_64-linux = {
      url = "@x86_64-unknown-linux-gnu.url@";
      sha256 = "@x86_64-unknown-linux-gnu.sha256@";
    };
    aarch64-linux = {
      url = "@aarch64-unknown-linux-gnu.url@";
      sha256 = "@aarch64-unknown-linux-gnu.sha256@";
    };
    x86_64-darwin = {
      url = "@x86_64-apple-darwin.url@";
      sha256 = "@x86_64-apple-darwin.sha256@";
    };
    aarch64-darwin = {
      url = "@aarch64-apple-darwin.url@";
      sha256 = "@aarch64-apple-darwin.sha256@";
    };
  };
  system = stdenvNoCC.hostPlatform.system;
in
stdenvNoCC.mkDerivation {
  pname = "keyfob";
  version = "@version@";

  src = fetchurl (sources.${system} or (throw "keyfob is not released for ${system}"));

  dontBuild = true;
  dontStrip = true;
  installPhase = ''
    mkdir -p $out/share/doc/keyfob
    cp -R bin share $out/
    cp LICENSE-MIT LICENSE-APACHE THIRD-PARTY $out/share/doc/keyfob/
  '';

  meta = {
    description = "@summary@";
    homepage = "@homepage@";
    license = [ lib.licenses.mit lib.licenses.asl20 ];
    platforms = builtins.attrNames sources;
    mainProgram = "keyfob";
    sourceProvenance = [ lib.sourceTypes.binaryNativeCode ];
  };
}
