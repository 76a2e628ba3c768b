// Lets a device make or use a passkey, then sends an ordinary form. Without it people type a code.
for (const form of document.querySelectorAll("[data-passkey]")) {
  const makes = form.dataset.passkey === "create";
  const parse = makes ? "parseCreationOptionsFromJSON" : "parseRequestOptionsFromJSON";
  if (!window.PublicKeyCredential || !PublicKeyCredential[parse]) continue;
  form.hidden = false;
  for (const told of document.querySelectorAll("[data-passkey-missing]")) told.hidden = true;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const publicKey = PublicKeyCredential[parse](JSON.parse(form.dataset.asked));
    let given = "";
    try {
      const credential = await navigator.credentials[makes ? "create" : "get"]({ publicKey });
      given = JSON.stringify(credential.toJSON());
    } catch {
      given = ""; // the person said no, or the device could not: the server tells what to do
    }
    form.elements[makes ? "made" : "signed"].value = given;
    form.submit();
  });
}
