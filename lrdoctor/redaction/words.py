"""The words that make a setting's name a secret's, and those that make the same words ordinary.

Names are taken apart into words in lower case; `names` says where in a name each of these counts.
"""


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


SECRETS = _listed(
    "password passwords passwd passwds pwd pwds passphrase passphrases passcode passcodes passwort kennwort contrasena"
    " senha secret secrets credential credentials cred creds otp otps totp mnemonic apikey apikeys jwt dsn connstr"
)
"""By themselves, wherever they stand in their part of a name."""

SECRET_PAIRS = frozenset(
    {
        ("connection", "string"),
        ("connection", "str"),
        ("conn", "string"),
        ("conn", "str"),
        ("seed", "phrase"),
        ("access", "code"),
        ("recovery", "code"),
        ("recovery", "codes"),
        ("backup", "codes"),
        ("pin", "code"),
        ("mfa", "code"),
        ("webhook", "url"),
        ("webhook", "uri"),
    }
)
"""Side by side."""

SECRETS_LAST = _listed("auth oauth oauth2 authorization bearer cookie cookies sas webhook webhooks pat pats xsrf csrf")
"""As the last word alone: `auth_type` is something else."""

AFTER_AUTH = _listed("header headers code data info string value url")
"""Behind `auth` or `cookie`, as the last word: `auth_header`."""

PERSONS = _listed("username hostname nodename login email mail user host")
"""As the last word: who trained and where."""

ORDINARY_BEFORE_PERSON = _listed("by per item n num new each cross multi single all cold warm")

PERSON_PAIRS = frozenset(
    {("user", "name"), ("host", "name"), ("login", "name"), ("e", "mail"), ("email", "address"), ("mail", "address")}
)

KEY_OWNERS = _listed(
    "api access secret private ssh license licence storage account encryption encrypt decryption decrypt signing"
    " signature sign wandb comet neptune clearml mlflow client auth app application service master deploy admin aws hf"
    " huggingface hub openai azure gcp google gcs s3 anthropic cohere mistral groq replicate github gitlab slack"
    " discord telegram shared subscription rsa dsa pgp gpg pem tls ssl cert certificate hmac jwt aes kaggle swanlab"
    " token login personal server vault kms minio sentry datadog stripe twilio sendgrid mailgun webhook cloud registry"
    " docker npm pypi nvidia ngc roboflow ultralytics pinecone weaviate serp serper tavily firebase supabase algolia"
    " root sas db database ftp smtp fernet serpapi"
)
"""Before `key`: what it opens."""

ORDINARY_BEFORE_KEY = _listed(
    "cache data dataset hash content partition sort group join index rng prng foreign primary public"
)

PASS_OWNERS = _listed(
    "db database user my root admin smtp ftp sftp mysql postgres pg redis mongo ssh login email mail proxy http https"
    " sudo key wandb mlflow clearml account wifi ldap mqtt amqp rabbitmq vpn minio jupyter"
)
"""Before `pass`: whose password it is."""

ORDINARY_BEFORE_PASS = _listed(
    "low high band all n num two one three forward backward fwd bwd single multi double first second third last current"
    " per by each max min no pre post train test val eval data full extra"
)

ORDINARY_BEFORE_TOKEN = _listed(
    "bos eos pad unk mask cls sep special image video audio speech text vocab stop start end eot eod eom boundary"
    " prefix suffix fill decoder encoder begin sub word char byte padding sentinel control added additional extra new"
    " unknown separator placeholder task lang language img im target source src tgt label class register query distill"
    " distillation dist pause think thinking memory patch visual suppress forced ignore blank newline middle fim max"
    " min num n total per mean avg seen train trained training val eval prompt completion generated input output"
    " context budget drop all every batch first last next previous no of embed embedding embeddings"
    " virtual soft hard latent"
)
"""Before `token`: tokens of a vocabulary, and counts of them."""

AFTER_TOKEN = _listed(
    "hf hub huggingface github gitlab wandb slack api prod dev read write secret value string str header admin private"
    " personal aws azure gcp openai telegram discord comet neptune mlflow clearml kaggle"
)
"""Behind `token`, as the last word: where it opens what."""

ABOUT = _listed(
    "path file filename dir folder env var variable type kind mode length len size count num policy required enabled"
    " prompt field column provider backend manager store ttl expiry expires expiration scope scopes version loss rate"
    " acc weight dim lifetime timeout limit retries method name names algorithm"
)
"""As the last word: the setting is about the secret, not the secret (`password_length`, `api_key_env`)."""
